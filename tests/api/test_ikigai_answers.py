"""POST /ikigai/submit-dimension and /finalize: four answers, in any order, at any time, once."""

import asyncio
import itertools
import json
from typing import Any

import pytest
from sqlalchemy import Engine, text

from tests.support import rows
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.player import DIMENSIONS, TEXT, Player, answer, body_of
from tests.support.problems import assert_problem
from tests.support.processes import wait_until
from tests.support.rows import counts_of, rows_of, status_of

SUBMIT = "/ikigai/submit-dimension"
FINALIZE = "/ikigai/finalize"
FINISHED = {
    rows.SESSIONS: 1,
    "kenalidiri_history": 1,
    "riasec_question_sets": 1,
    "riasec_responses": 1,
    "riasec_results": 1,
    "ikigai_candidate_professions": 1,
    "ikigai_responses": 1,
    "ikigai_dimension_scores": 1,
    "ikigai_total_scores": 1,
    "career_recommendations": 1,
}


async def candidates(player: Player, token: str) -> list[int]:
    body = await player.ok_get(f"/riasec/result/{token}")
    return [item["profession_id"] for item in body["candidates"]]


def assert_finished(engine: Engine, player: Player, token: str) -> None:
    assert counts_of(engine, player.user_id) == FINISHED
    assert status_of(engine, token) == "completed"
    [history] = rows_of(engine, player.user_id)["kenalidiri_history"]
    assert ",completed," in history


class TestSubmitDimension:
    async def test_progress(self, player: Player) -> None:
        token = await player.reach_ikigai()
        for count, dimension in enumerate(DIMENSIONS[:3], start=1):
            body = body_of(await player.answer(token, dimension))
            assert (body["status"], body["dimension_saved"]) == ("ikigai_ongoing", dimension)
            assert body["dimensions_completed"] == list(DIMENSIONS[:count])
            assert body["dimensions_remaining"] == list(DIMENSIONS[count:])
            assert body["all_completed"] is False
        progress = await player.ok_get(f"/sessions/{token}")
        assert progress["dimensions_remaining"] == [DIMENSIONS[3]]
        assert progress["next_step"] == "ikigai_dimension"

    async def test_fourth_answer_finalizes(self, player: Player, engine: Engine) -> None:
        token = await player.reach_ikigai()
        body = await player.answer_all(token)
        assert body["status"] == "completed"
        assert [top["rank"] for top in body["top_2_professions"]] == [1, 2]
        assert body["quality"]["note"] is None
        assert_finished(engine, player, token)
        progress = await player.ok_get(f"/sessions/{token}")
        assert (progress["next_step"], progress["dimensions_remaining"]) == ("result", [])
        assert progress["completed_at"].endswith("Z")

    async def test_any_candidate_may_be_selected(self, player: Player) -> None:
        token = await player.reach_ikigai()
        last = (await candidates(player, token))[-1]
        body_of(await player.answer(token, DIMENSIONS[0], selected=last))

    async def test_not_a_candidate(self, player: Player, engine: Engine) -> None:
        token = await player.reach_ikigai()
        known = await candidates(player, token)
        stranger = next(pid for pid in itertools.count(1) if pid not in known)
        stored = rows_of(engine, player.user_id)
        response = await player.answer(token, DIMENSIONS[0], selected=stranger)
        assert_problem(response, 400, "profession_not_a_candidate")
        assert rows_of(engine, player.user_id) == stored

    async def test_before_ikigai(self, player: Player, engine: Engine) -> None:
        started = await player.start()
        stored = rows_of(engine, player.user_id)
        response = await player.answer(started["session_token"], DIMENSIONS[0])
        assert_problem(response, 400, "invalid_session_status")
        assert rows_of(engine, player.user_id) == stored

    async def test_of_a_fit_check(self, player: Player, engine: Engine) -> None:
        token = rows.add_fit_check(engine, player.user_id)
        response = await player.answer(token, DIMENSIONS[0])
        problem = assert_problem(response, 400, "not_recommendation_session")
        assert problem["detail"] == "Sesi ini adalah FIT_CHECK — tidak memiliki alur Ikigai"


class TestAnsweredTwice:
    @pytest.mark.parametrize("change", ["text", "selection", "another selection"])
    async def test_another_answer(self, player: Player, engine: Engine, change: str) -> None:
        token = await player.reach_ikigai()
        first, second = (await candidates(player, token))[:2]
        given = answer(token, DIMENSIONS[1], selected=first)
        await player.ok_post(SUBMIT, given)
        stored = rows_of(engine, player.user_id)
        changes: dict[str, dict[str, Any]] = {
            "text": {"reasoning_text": TEXT + " Sungguh."},
            "selection": {"selected_profession_id": None, "selection_type": "not_selected"},
            "another selection": {"selected_profession_id": second},
        }
        response = await player.post(SUBMIT, {**given, **changes[change]})
        assert_problem(response, 400, "dimension_already_answered")
        assert rows_of(engine, player.user_id) == stored

    async def test_the_very_same_answer(self, player: Player, engine: Engine) -> None:
        token = await player.reach_ikigai()
        first = body_of(await player.answer(token, DIMENSIONS[0]))
        stored = rows_of(engine, player.user_id)
        again = body_of(await player.answer(token, DIMENSIONS[0], f"  {TEXT}\n"))
        assert again == first
        assert rows_of(engine, player.user_id) == stored

    async def test_the_state_is_of_now(self, player: Player) -> None:
        token = await player.reach_ikigai()
        for dimension in DIMENSIONS[:3]:
            body_of(await player.answer(token, dimension))
        again = body_of(await player.answer(token, DIMENSIONS[0]))
        assert again["dimension_saved"] == DIMENSIONS[0]
        assert again["dimensions_completed"] == list(DIMENSIONS[:3])

    async def test_after_completion(self, player: Player, engine: Engine) -> None:
        token = await player.reach_ikigai()
        last = await player.answer_all(token)
        stored = rows_of(engine, player.user_id)
        for dimension in DIMENSIONS:
            assert body_of(await player.answer(token, dimension)) == last
        response = await player.answer(token, DIMENSIONS[0], "Jawaban yang lain lagi.")
        assert_problem(response, 400, "dimension_already_answered")
        assert rows_of(engine, player.user_id) == stored

    async def test_after_completion_with_answers_missing(
        self, player: Player, engine: Engine
    ) -> None:
        """An adopted run, or one that Go emptied: nothing is stored beside its result."""
        token = await player.reach_ikigai()
        await player.answer_all(token)
        rows.execute(
            engine,
            "UPDATE ikigai_responses t SET dimension_3_world_needs = NULL,"
            f" dimension_4_paid_for = NULL FROM {rows.SESSIONS} s"
            " WHERE s.id = t.test_session_id AND s.session_token = :token",
            token=token,
        )
        stored = rows_of(engine, player.user_id)
        response = await player.answer(token, DIMENSIONS[2])
        assert_problem(response, 400, "dimension_already_answered")
        assert rows_of(engine, player.user_id) == stored


class TestFinalize:
    async def test_idempotent(self, player: Player, engine: Engine, sim: OpenRouterSim) -> None:
        token = await player.reach_ikigai()
        last = await player.answer_all(token)
        stored, calls = rows_of(engine, player.user_id), sim.count()
        for _ in range(3):
            assert await player.ok_post(FINALIZE, {"session_token": token}) == last
        assert await player.ok_get(f"/ikigai/result/{token}") == last
        assert rows_of(engine, player.user_id) == stored
        assert sim.count() == calls

    @pytest.mark.parametrize("answered", range(4))
    async def test_with_fewer_answers(
        self, player: Player, engine: Engine, sim: OpenRouterSim, answered: int
    ) -> None:
        token = await player.reach_ikigai()
        for dimension in DIMENSIONS[:answered]:
            await player.answer(token, dimension)
        response = await player.post(FINALIZE, {"session_token": token})
        assert_problem(response, 400, "ikigai_not_completed")
        assert sim.count("ikigai_scoring") == 0
        response = await player.get(f"/ikigai/result/{token}")
        assert_problem(response, 400, "invalid_session_status")

    async def test_before_ikigai(self, player: Player) -> None:
        token = (await player.start())["session_token"]
        response = await player.post(FINALIZE, {"session_token": token})
        assert_problem(response, 400, "invalid_session_status")


def _bodies(responses: list[Any]) -> set[str]:
    return {json.dumps(body_of(response), sort_keys=True) for response in responses}


class TestAtOnce:
    async def test_twenty_equal_fourth_answers(
        self, player: Player, engine: Engine, sim: OpenRouterSim
    ) -> None:
        token = await player.reach_ikigai()
        for dimension in DIMENSIONS[:3]:
            await player.answer(token, dimension)
        sim.latency = 0.05
        responses = await asyncio.gather(*(player.answer(token, DIMENSIONS[3]) for _ in range(20)))
        assert len(_bodies(list(responses))) == 1
        assert body_of(responses[0])["status"] == "completed"
        assert_finished(engine, player, token)
        assert (sim.count("ikigai_scoring"), sim.count("recommendation_narrative")) == (4, 1)

    async def test_twenty_different_fourth_answers(self, player: Player, engine: Engine) -> None:
        """One is stored; the others are told so."""
        token = await player.reach_ikigai()
        for dimension in DIMENSIONS[:3]:
            await player.answer(token, dimension)
        texts = [f"{TEXT} Ini cerita nomor {n}." for n in range(20)]
        responses = await asyncio.gather(
            *(player.answer(token, DIMENSIONS[3], text) for text in texts)
        )
        won = [n for n, response in enumerate(responses) if response.status_code == 200]
        assert len(won) == 1
        for n, response in enumerate(responses):
            if n not in won:
                assert_problem(response, 400, "dimension_already_answered")
        assert texts[won[0]] in rows_of(engine, player.user_id)["ikigai_responses"][0]
        assert_finished(engine, player, token)

    async def test_all_four_dimensions(
        self, player: Player, engine: Engine, sim: OpenRouterSim
    ) -> None:
        token = await player.reach_ikigai()
        responses = await asyncio.gather(*(player.answer(token, name) for name in DIMENSIONS))
        bodies = [body_of(response) for response in responses]
        assert sum(body["status"] == "completed" for body in bodies) == 1
        counts = sorted(len(b.get("dimensions_completed", DIMENSIONS)) for b in bodies)
        assert counts == [1, 2, 3, 4]
        assert_finished(engine, player, token)
        assert sim.count("ikigai_scoring") == 4

    async def test_submit_finalize_and_result(self, player: Player, engine: Engine) -> None:
        token = await player.reach_ikigai()
        for dimension in DIMENSIONS[:3]:
            await player.answer(token, dimension)
        await asyncio.gather(
            player.answer(token, DIMENSIONS[3]),
            *(player.post(FINALIZE, {"session_token": token}) for _ in range(5)),
            *(player.get(f"/ikigai/result/{token}") for _ in range(5)),
        )
        assert_finished(engine, player, token)


BLOCKED = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
THIRD = text(
    "UPDATE ikigai_responses SET dimension_3_world_needs = dimension_1_love WHERE"
    " test_session_id = (SELECT id FROM careerprofile_test_sessions WHERE session_token = :token)"
)


class TestThirdAndFourthAtOnce:
    async def test_the_fourth_knows_itself_for_the_last(
        self, player: Player, engine: Engine
    ) -> None:
        """It saw two answers, waits for the row that the third is written to, and is asked again:
        an answer that only seemed early would have no job behind it.
        """
        token = await player.reach_ikigai()
        for dimension in DIMENSIONS[:2]:
            body_of(await player.answer(token, dimension))

        def is_blocked() -> bool:
            with engine.connect() as watcher:
                return bool(watcher.scalar(BLOCKED))

        with engine.begin() as third:
            third.execute(THIRD, {"token": token})
            fourth = asyncio.create_task(player.answer(token, DIMENSIONS[3]))
            assert await asyncio.to_thread(wait_until, is_blocked)
        assert body_of(await fourth)["status"] == "completed"
        assert_finished(engine, player, token)
        with engine.connect() as connection:
            stored = "SELECT completed FROM ikigai_responses r JOIN careerprofile_test_sessions s"
            found = text(f"{stored} ON s.id = r.test_session_id WHERE session_token = :token")
            assert connection.scalar(found, {"token": token}) is True
