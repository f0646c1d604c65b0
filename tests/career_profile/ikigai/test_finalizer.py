"""Finalize: a failing model weakens the result but never loses it; it resumes where rows end."""

import asyncio
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Connection, Engine
from structlog.testing import capture_logs

from app.career_profile.ikigai import repository
from app.core.settings import Settings
from app.main import create_app
from tests.conftest import MakeClient
from tests.support import sim_faults as faults
from tests.support.finalized import (
    answer_fourth_by_hand,
    candidate_ids,
    delete_profession,
    lend_profession,
    only_in,
    stored,
    three_answered,
)
from tests.support.model_answers import CANARIES, LABELS, UNFIT, answer_well, candidates_of
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.player import DIMENSIONS, Player, body_of
from tests.support.problems import assert_problem
from tests.support.rows import counts_of, delete_session, forget_candidates, status_of

LOVE, GOOD_AT, NEEDS, PAID = DIMENSIONS
LABEL = {dimension: label for label, dimension in LABELS.items()}
SCORING = "ikigai_scoring"


async def finish(player: Player, token: str) -> dict[str, Any]:
    return body_of(await player.answer(token, PAID))


class TestFailingDimensions:
    async def test_one_fails(self, player: Player, sim: OpenRouterSim, engine: Engine) -> None:
        sim.always(SCORING, only_in(NEEDS, faults.status(503)))
        token = await three_answered(player)
        done = await finish(player, token)
        assert done["status"] == "completed"
        assert done["quality"]["fallback_dimensions"] == [NEEDS]
        assert LABEL[NEEDS] in done["quality"]["note"]
        found = stored(engine, token)
        assert found.metadata["failed_dimensions"] == [NEEDS]
        assert found.metadata["fallback_used"] is True
        assert found.metadata["models"] == {**dict.fromkeys(DIMENSIONS, "sim/model"), NEEDS: None}
        assert found.scored_by == "sim/model"
        assert set(found.column(NEEDS, "r_raw").values()) == {0.5}
        assert found.scores["normalization_params"][NEEDS] == {
            "r_min": 0.5,
            "r_max": 0.5,
            "professions_evaluated": 0,
        }
        assert found.api_calls == sim.count(SCORING) == 3 + 2

    async def test_all_four_fail(self, player: Player, sim: OpenRouterSim, engine: Engine) -> None:
        sim.always(SCORING, faults.prose_only)
        token = await three_answered(player)
        done = await finish(player, token)
        assert done["status"] == "completed"
        assert done["quality"]["fallback_dimensions"] == list(DIMENSIONS)
        assert all(label in done["quality"]["note"] for label in LABELS)
        assert [top["total_score"] for top in done["top_2_professions"]] == [30.0, 30.0]
        found = stored(engine, token)
        assert found.scored_by == "fallback"
        assert found.metadata["models"] == dict.fromkeys(DIMENSIONS)
        assert found.api_calls == sim.count(SCORING) == 8

    async def test_a_candidate_that_stays_missing_is_imputed(
        self, player: Player, sim: OpenRouterSim, engine: Engine
    ) -> None:
        token = await player.reach_ikigai(I=5, C=5, E=5)
        victim = candidate_ids(engine, token)[1]
        names = {
            item["profession_id"]: item["profession_name"]
            for item in (await player.ok_get(f"/ikigai/content/{token}"))["candidates_with_content"]
        }

        def leave_out(body: dict[str, Any]) -> object:
            kept = [item for item in candidates_of(body) if item["nama"] != names[victim]]
            half = {"k": 0.5, "s": 0.5, "b": 0.5}
            return {
                "scores": [
                    {"key": i["key"], **(UNFIT if i["nama"] in CANARIES else half)} for i in kept
                ]
            }

        sim.answer(SCORING, leave_out)
        done = await player.answer_all(token)
        assert done["quality"]["note"] is None
        found = stored(engine, token)
        assert found.metadata["imputed"] == {name: [victim] for name in DIMENSIONS}
        assert found.metadata["fallback_used"] is False
        assert found.column(LOVE, "r_raw")[victim] == 0.5
        # Per dimension: all, then the missing one alone and its retry.
        assert found.api_calls == sim.count(SCORING) == 12

    async def test_low_evidence(self, player: Player, sim: OpenRouterSim, engine: Engine) -> None:
        answer_well(sim, lambda d, _n: dict.fromkeys("ksb", 0.1 if d == GOOD_AT else 0.5))
        token = await three_answered(player)
        done = await finish(player, token)
        assert done["quality"]["low_evidence_dimensions"] == [GOOD_AT]
        assert done["quality"]["fallback_dimensions"] == []
        assert LABEL[GOOD_AT] in done["quality"]["note"]
        found = stored(engine, token)
        assert found.metadata["low_evidence"] == [GOOD_AT]
        assert set(found.column(GOOD_AT, "r_raw").values()) == {0.1}
        assert set(found.column(GOOD_AT, "r_normalized").values()) == {0.5}

    @pytest.mark.parametrize(("name", "kept"), [("m" * 80, "m" * 50), ("a\x00b\ud800c", "abc")])
    async def test_a_strange_model_name(
        self, player: Player, sim: OpenRouterSim, engine: Engine, name: str, kept: str
    ) -> None:
        sim.always(None, faults.wrong_model(name))
        token = await three_answered(player)
        assert (await finish(player, token))["status"] == "completed"
        found = stored(engine, token)
        assert (found.scored_by, found.written_by) == (kept, kept)


class TestVanishedProfession:
    async def test_before_scoring(self, player: Player, sim: OpenRouterSim, engine: Engine) -> None:
        token = await player.reach_ikigai(I=5, C=5, E=5)
        lent = lend_profession(engine, token)
        for dimension in DIMENSIONS[:3]:
            body_of(await player.answer(token, dimension, selected=lent))
        delete_profession(engine, lent)
        with capture_logs() as events:
            done = await finish(player, token)
        assert done["total_professions_evaluated"] == len(candidate_ids(engine, token)) - 1
        found = stored(engine, token)
        assert found.metadata["vanished"] == [lent]
        assert found.metadata["total_candidates_scored"] == done["total_professions_evaluated"]
        for dimension in DIMENSIONS:
            assert lent not in found.column(dimension, "r_raw")
            assert set(found.column(dimension, "click_score").values()) == {0}
        assert lent not in [p["profession_id"] for p in found.totals["profession_scores"]]
        assert "Penjaga Arsip Awan" not in str([c.body for c in sim.calls if c.purpose == SCORING])
        warned = [e for e in events if e["event"] == "ikigai_invalid_selected_profession"]
        assert [(e["log_level"], e["dimension"]) for e in warned] == [
            ("warning", dimension) for dimension in DIMENSIONS[:3]
        ]

    async def test_between_the_two_commits(
        self,
        player: Player,
        sim: OpenRouterSim,
        engine: Engine,
        broken_second_commit: None,
    ) -> None:
        token = await player.reach_ikigai(I=5, C=5, E=5)
        lent = lend_profession(engine, token)
        answer_well(sim, lambda _d, n: dict.fromkeys("ksb", 1.0 if n.startswith("Penj") else 0.25))
        for dimension in DIMENSIONS[:3]:
            body_of(await player.answer(token, dimension))
        assert_problem(await player.answer(token, PAID), 500, "internal_error")
        assert stored(engine, token).column(LOVE, "r_raw")[lent] == 1.0
        delete_profession(engine, lent)
        done = await player.ok_post("/ikigai/finalize", {"session_token": token})
        assert lent not in [top["profession_id"] for top in done["top_2_professions"]]
        found = stored(engine, token)
        assert lent not in [p["profession_id"] for p in found.totals["profession_scores"]]
        assert [p["rank"] for p in found.totals["profession_scores"]][:2] == [1, 2]
        assert sim.count(SCORING) == 4

    async def test_all(self, player: Player, sim: OpenRouterSim, engine: Engine) -> None:
        token = await three_answered(player)
        forget_candidates(engine, token)
        assert_problem(await player.answer(token, PAID), 409, "no_candidates")
        again = await player.post("/ikigai/finalize", {"session_token": token})
        assert_problem(again, 409, "no_candidates")
        assert status_of(engine, token) == "ikigai_ongoing"
        assert sim.count(SCORING) == 0
        assert "ikigai_dimension_scores" not in counts_of(engine, player.user_id)


@pytest.fixture
def broken_second_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    """The statement that completes a session fails the first time."""
    complete, broken = repository.complete_session, iter([True])

    def fail_once(connection: Connection, *values: Any) -> bool:
        if next(broken, False):
            raise RuntimeError("the database went away")
        return complete(connection, *values)

    monkeypatch.setattr(repository, "complete_session", fail_once)


class TestResume:
    async def test_what_was_scored_is_not_scored_again(
        self, player: Player, sim: OpenRouterSim, engine: Engine, broken_second_commit: None
    ) -> None:
        token = await three_answered(player)
        with capture_logs() as events:
            assert_problem(await player.answer(token, PAID), 500, "internal_error")
        assert "ikigai_finalize_failed" in {event["event"] for event in events}
        before = stored(engine, token)
        assert (before.totals, before.recommendations) == (None, None)
        assert status_of(engine, token) == "ikigai_ongoing"
        done = await player.ok_post("/ikigai/finalize", {"session_token": token})
        after = stored(engine, token)
        assert done["status"] == "completed"
        assert (after.scores, after.api_calls) == (before.scores, 4)
        assert done["calculated_at"] == before.metadata["calculated_at"]
        assert sim.count(SCORING) == 4

    async def test_deleted_while_the_model_is_awaited(
        self, player: Player, sim: OpenRouterSim, engine: Engine
    ) -> None:
        token = await three_answered(player)
        sim.reset()
        sim.latency = 0.2
        fourth = asyncio.ensure_future(player.answer(token, PAID))
        assert await asyncio.to_thread(sim.wait_calls, 4)
        delete_session(engine, token)
        assert_problem(await fourth, 404, "session_not_found")
        assert counts_of(engine, player.user_id).keys() <= {"kenalidiri_history"}


class TestTwoProcesses:
    async def test_one_row_each_and_the_same_result(
        self,
        settings: Settings,
        make_client: MakeClient,
        player: Player,
        sim: OpenRouterSim,
        engine: Engine,
    ) -> None:
        token = await three_answered(player)
        answer_fourth_by_hand(engine, token)
        sim.reset()
        sim.latency = 0.1
        apps: list[FastAPI] = [create_app(settings), create_app(settings)]
        clients: list[httpx.AsyncClient] = [await make_client(app) for app in apps]
        players = [Player(client, settings, player.user_id) for client in clients]
        first, second = await asyncio.gather(
            *(each.ok_post("/ikigai/finalize", {"session_token": token}) for each in players)
        )
        assert sim.count(SCORING) == 4  # one was at it, the other waited
        assert first == second
        counts = counts_of(engine, player.user_id)
        for table in ("ikigai_dimension_scores", "ikigai_total_scores", "career_recommendations"):
            assert counts[table] == 1
