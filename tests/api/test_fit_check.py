"""Fit check over the API: start, answers, verdict (2-domain-rules.md, 6 and 8; 6-api.md)."""

import asyncio
import re
from typing import Any

import pytest
from sqlalchemy import Engine, text

from tests.support import rows
from tests.support.player import Player, add_user, sheet
from tests.support.problems import assert_problem

RIA = {"R": 5, "I": 5, "A": 5}  # a triple: 10, 10, 10, 2, 2, 2
SEA = {"S": 5, "E": 5, "A": 5}


def target(engine: Engine, code: str | None, name: str = "Perakit Uji") -> int:
    return rows.add_profession(engine, code=code, name=name)


async def checked(player: Player, profession_id: int, **by_letter: int) -> str:
    """A completed fit check; its token."""
    started = await player.start_fit_check(profession_id)
    await player.submit_riasec(started, **(by_letter or RIA))
    return str(started["session_token"])


class TestStart:
    @pytest.mark.parametrize("persona", ["builder", "BUILDER", "Achiever"])
    async def test_a_new_session(self, player: Player, engine: Engine, persona: str) -> None:
        profession = target(engine, "RIA")
        started = await player.start_fit_check(profession, persona)
        assert started.keys() == {
            *("session_token", "test_goal", "status", "form", "question_ids", "total_questions"),
            *("resumed", "message"),
        }
        assert (started["test_goal"], started["status"]) == ("FIT_CHECK", "riasec_ongoing")
        assert started["total_questions"] == len(started["question_ids"]) == 12
        assert started["resumed"] is False
        with engine.connect() as connection:
            stored = connection.execute(
                text(
                    "SELECT persona_type, test_goal, target_profession_id, uses_ikigai, status"
                    f" FROM {rows.SESSIONS} WHERE session_token = :token"
                ),
                {"token": started["session_token"]},
            ).one()
        assert tuple(stored) == (
            *(persona.upper(), "FIT_CHECK", profession, False, "riasec_ongoing"),
        )
        assert rows.counts_of(engine, player.user_id) == {
            rows.SESSIONS: 1,
            "kenalidiri_history": 1,
            "riasec_question_sets": 1,
        }

    async def test_two_taps_start_once(self, player: Player, engine: Engine) -> None:
        profession = target(engine, "RIA")
        started = await asyncio.gather(*(player.start_fit_check(profession) for _ in range(8)))
        assert len({item["session_token"] for item in started}) == 1
        assert sorted(item["resumed"] for item in started) == [False] + [True] * 7

    async def test_another_target_is_another_session(self, player: Player, engine: Engine) -> None:
        first = await player.start_fit_check(target(engine, "RIA"))
        second = await player.start_fit_check(target(engine, "SEC"))
        recommendation = await player.start()
        tokens = {item["session_token"] for item in (first, second, recommendation)}
        assert len(tokens) == 3

    async def test_an_answered_session_is_not_resumed(self, player: Player, engine: Engine) -> None:
        profession = target(engine, "RIA")
        token = await checked(player, profession)
        assert (await player.start_fit_check(profession))["session_token"] != token

    async def test_unknown_profession(self, player: Player, engine: Engine) -> None:
        body = {"persona_type": "BUILDER", "target_profession_id": 2**52}
        assert_problem(await player.post("/fit-check/start", body), 404, "profession_not_found")
        assert rows.counts_of(engine, player.user_id) == {}

    async def test_profession_without_a_code(self, player: Player, engine: Engine) -> None:
        body = {"persona_type": "BUILDER", "target_profession_id": target(engine, None)}
        assert_problem(await player.post("/fit-check/start", body), 422, "profession_without_code")

    @pytest.mark.parametrize(
        "change",
        [
            {"persona_type": "PATHFINDER"},
            {"target_profession_id": 0},
            {"target_profession_id": "1"},
            {"target_profession_id": True},
            {"target_profession_id": 2**53},
            {"extra": 1},
        ],
    )
    async def test_malformed(self, player: Player, change: dict[str, Any]) -> None:
        body = {"persona_type": "BUILDER", "target_profession_id": 1, **change}
        assert_problem(await player.post("/fit-check/start", body), 422, "validation_failed")


class TestSubmission:
    async def test_completes_the_run_in_one_step(self, player: Player, engine: Engine) -> None:
        started = await player.start_fit_check(target(engine, "RAI"))
        result = await player.submit_riasec(started, **RIA)
        assert (result["test_goal"], result["status"]) == ("FIT_CHECK", "completed")
        assert result["riasec_code_info"]["riasec_code"] == "RIA"
        assert (result["candidates"], result["total_candidates"]) == ([], 0)
        assert result["display_candidates_count"] == 0
        assert result["next_step"] == "fit_check_result"
        assert rows.counts_of(engine, player.user_id) == dict.fromkeys(
            (
                rows.SESSIONS,
                "kenalidiri_history",
                "riasec_question_sets",
                "riasec_responses",
                "riasec_results",
                "fit_check_results",
            ),
            1,
        )
        progress = await player.ok_get(f"/sessions/{started['session_token']}")
        assert (progress["status"], progress["next_step"]) == ("completed", "result")
        assert progress["dimensions_remaining"] == []
        assert progress["completed_at"] is not None

    async def test_stored_row_and_history(self, player: Player, engine: Engine) -> None:
        profession = target(engine, "RAI")
        token = await checked(player, profession)
        with engine.connect() as connection:
            stored = connection.execute(
                text(
                    "SELECT f.profession_id, u.riasec_code, p.riasec_code, f.match_category::text,"
                    " f.rule_type, f.dominant_letter_same, f.is_adjacent_hexagon,"
                    " f.match_score::text, h.status, h.completed_at = s.completed_at,"
                    " s.riasec_completed_at = s.completed_at, s.ikigai_completed_at"
                    f" FROM fit_check_results f JOIN {rows.SESSIONS} s ON s.id = f.test_session_id"
                    " JOIN riasec_codes u ON u.id = f.user_riasec_code_id"
                    " JOIN riasec_codes p ON p.id = f.profession_riasec_code_id"
                    " JOIN kenalidiri_history h ON h.detail_session_id = s.id"
                    " WHERE s.session_token = :token"
                ),
                {"token": token},
            ).one()
        assert tuple(stored) == (
            *(profession, "RIA", "RAI", "HIGH", "permutation_match", True, True, "0.78"),
            *("completed", True, True, None),
        )

    async def test_the_very_same_answers_again(self, player: Player, engine: Engine) -> None:
        started = await player.start_fit_check(target(engine, "RIA"))
        first = await player.submit_riasec(started, **RIA)
        before = rows.rows_of(engine, player.user_id)
        assert await player.submit_riasec(started, **RIA) == first
        assert rows.rows_of(engine, player.user_id) == before
        other = await player.post("/riasec/submit", sheet(started, **SEA))
        assert_problem(other, 400, "riasec_already_submitted")

    async def test_twenty_submissions_at_once(self, player: Player, engine: Engine) -> None:
        started = await player.start_fit_check(target(engine, "RIA"))
        found = await asyncio.gather(*(player.submit_riasec(started, **RIA) for _ in range(20)))
        assert all(item == found[0] for item in found)
        assert rows.counts_of(engine, player.user_id)["fit_check_results"] == 1

    async def test_refused_answers_store_nothing(self, player: Player, engine: Engine) -> None:
        started = await player.start_fit_check(target(engine, "RIA"))
        flat = sheet(started, **dict.fromkeys("RIASEC", 5))
        assert_problem(await player.post("/riasec/submit", flat), 422, "invalid_profile")
        assert rows.status_of(engine, started["session_token"]) == "riasec_ongoing"
        assert "riasec_responses" not in rows.counts_of(engine, player.user_id)

    async def test_has_no_ikigai_and_no_recommendation(
        self, player: Player, engine: Engine
    ) -> None:
        token = await checked(player, target(engine, "RIA"))
        start = await player.post("/ikigai/start", {"session_token": token})
        assert_problem(start, 400, "not_recommendation_session")
        result = await player.get(f"/result/recommendation/{token}")
        assert_problem(result, 400, "not_recommendation_session")


class TestResult:
    async def test_every_field(self, player: Player, engine: Engine) -> None:
        profession = target(engine, "RAI", "Penata Robot Panggung")
        token = await checked(player, profession)
        result = await player.ok_get(f"/result/fit-check/{token}")
        verdict = result.pop("fit_check_result")
        progress = await player.ok_get(f"/sessions/{token}")
        assert result.pop("test_completed_at") == progress["completed_at"]
        assert result == {
            "session_token": token,
            "user_first_name": "Rani",
            "user_riasec": {
                "riasec_code": "RIA",
                "riasec_title": "Realistic–Investigative–Artistic",
                "top_types": ["Realistic", "Investigative", "Artistic"],
            },
            "target_profession": {
                "profession_id": profession,
                "name": "Penata Robot Panggung",
                "riasec_code": "RAI",
                "riasec_title": "Realistic–Artistic–Investigative",
            },
            "points_awarded": None,
        }
        explanation = verdict.pop("explanation")
        assert verdict == {
            "match_category": "HIGH",
            "match_label": "Kecocokan Tinggi",
            "match_stars": 3,
            "rule_type": "permutation_match",
            "dominant_letter_same": True,
            "is_adjacent_hexagon": True,
            "match_score": 0.78,
        }
        assert explanation.keys() == {
            *("meaning", "reason_points", "implication", "next_steps", "cta_primary"),
            *("cta_secondary", "match_label", "match_stars"),
        }
        assert (explanation["match_label"], explanation["match_stars"]) == ("Kecocokan Tinggi", 3)
        assert len(explanation["next_steps"]) == 3
        assert {"RIA", "RAI"} <= set(re.findall(r"\w+", explanation["reason_points"][0]))

    @pytest.mark.parametrize(
        ("code", "expected"),
        [
            ("RIA", ("HIGH", "Kecocokan Tinggi", 3, "exact_match", 1)),
            ("RSC", ("MEDIUM", "Kecocokan Sedang", 2, "dominant_same", 0.44)),
            ("ICE", ("MEDIUM", "Kecocokan Sedang", 2, "adjacent_dominant", 0.44)),
            ("AIR", ("MEDIUM", "Kecocokan Sedang", 2, "close_profile", 0.56)),
            ("SEC", ("LOW", "Kecocokan Rendah", 1, "mismatch", 0)),
        ],
    )
    async def test_the_other_rules(
        self, player: Player, engine: Engine, code: str, expected: tuple[object, ...]
    ) -> None:
        token = await checked(player, target(engine, code))
        verdict = (await player.ok_get(f"/result/fit-check/{token}"))["fit_check_result"]
        names = ("match_category", "match_label", "match_stars", "rule_type", "match_score")
        assert tuple(verdict[name] for name in names) == expected

    async def test_before_the_answers(self, player: Player, engine: Engine) -> None:
        started = await player.start_fit_check(target(engine, "RIA"))
        response = await player.get(f"/result/fit-check/{started['session_token']}")
        assert_problem(response, 400, "invalid_session_status")

    async def test_of_a_recommendation(self, player: Player) -> None:
        started = await player.start()
        response = await player.get(f"/result/fit-check/{started['session_token']}")
        assert_problem(response, 404, "result_not_found")

    async def test_of_somebody_else(self, player: Player, engine: Engine) -> None:
        token = await checked(player, target(engine, "RIA"))
        stranger = Player(player.client, player.settings, add_user(engine))
        assert_problem(await stranger.get(f"/result/fit-check/{token}"), 404, "session_not_found")


class TestTheTargetChanges:
    @pytest.mark.parametrize("loss", ["the profession", "its code"])
    async def test_lost_before_the_answers_the_interests_are_kept(
        self, player: Player, engine: Engine, loss: str
    ) -> None:
        """docs/decisions/0008: the answers are the user's work; the verdict alone is missing."""
        profession = target(engine, "RIA")
        started = await player.start_fit_check(profession)
        lose(engine, profession, loss)
        result = await player.submit_riasec(started, **RIA)
        assert (result["status"], result["next_step"]) == ("completed", "fit_check_result")
        token = started["session_token"]
        assert_problem(await player.get(f"/result/fit-check/{token}"), 404, "result_not_found")
        assert (await player.ok_get(f"/riasec/result/{token}"))["scores"]["R"] == 10
        assert (await player.ok_get(f"/result/personality/{token}"))["riasec_code"] == "RIA"
        assert "fit_check_results" not in rows.counts_of(engine, player.user_id)

    @pytest.mark.parametrize("loss", ["the profession", "its code"])
    async def test_lost_after_the_answers_the_verdict_stays(
        self, player: Player, engine: Engine, loss: str
    ) -> None:
        profession = target(engine, "RAI", "Penata Robot")
        token = await checked(player, profession)
        before = await player.ok_get(f"/result/fit-check/{token}")
        lose(engine, profession, loss)
        after = await player.ok_get(f"/result/fit-check/{token}")
        assert after["target_profession"]["riasec_code"] == "RAI"
        assert after["fit_check_result"]["match_score"] == 0.78
        if loss == "its code":
            assert after == before
        else:
            assert after["target_profession"]["name"] == "Profesi yang sudah tidak ada di katalog"


def lose(engine: Engine, profession_id: int, loss: str) -> None:
    statement = (
        "DELETE FROM professions WHERE id = :id"
        if loss == "the profession"
        else "UPDATE professions SET riasec_code_id = NULL WHERE id = :id"
    )
    assert rows.execute(engine, statement, id=profession_id) == 1
