"""Go deletes the session between two requests, or under one: 404, and no half rows."""

import asyncio
from collections.abc import Awaitable, Callable
from threading import Thread
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from app.career_profile.ikigai import finalizer
from app.erasure.erasers import erase_all
from app.professions.repository import scoring_contexts
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.player import DIMENSIONS, Player, sheet
from tests.support.problems import assert_problem
from tests.support.processes import wait_until
from tests.support.routes import OF_A_SESSION
from tests.support.rows import SESSIONS, counts_of, delete_session, somebody_waits

ONLY_HISTORY = {"kenalidiri_history": 1}
Stage = Callable[[Player], Awaitable[str]]


async def started(player: Player) -> str:
    return str((await player.start())["session_token"])


async def submitted(player: Player) -> str:
    session = await player.start()
    await player.submit_riasec(session, I=5, C=4)
    return str(session["session_token"])


async def in_ikigai(player: Player) -> str:
    return await player.reach_ikigai()


async def three_answers(player: Player) -> str:
    token = await player.reach_ikigai()
    for dimension in DIMENSIONS[:3]:
        await player.answer(token, dimension)
    return token


async def completed(player: Player) -> str:
    token = await player.reach_ikigai()
    await player.answer_all(token)
    return token


STAGES: tuple[Stage, ...] = (started, submitted, in_ikigai, three_answers, completed)


class TestBetweenTwoRequests:
    @pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.__name__)
    async def test_every_route_answers_404(
        self, player: Player, engine: Engine, subtests: pytest.Subtests, stage: Stage
    ) -> None:
        token = await stage(player)
        delete_session(engine, token)
        for route in OF_A_SESSION:
            with subtests.test(route=str(route)):
                response = await route.send(player.client, player.headers, token)
                assert_problem(response, 404, "session_not_found")
        assert counts_of(engine, player.user_id) == ONLY_HISTORY

    async def test_the_true_sheet_and_the_fourth_answer(
        self, player: Player, engine: Engine
    ) -> None:
        session = await player.start()
        delete_session(engine, session["session_token"])
        response = await player.post("/riasec/submit", sheet(session, I=5, C=4))
        assert_problem(response, 404, "session_not_found")
        assert counts_of(engine, player.user_id) == ONLY_HISTORY

    async def test_a_new_start_is_a_new_session(self, player: Player, engine: Engine) -> None:
        token = await started(player)
        delete_session(engine, token)
        again = await player.start()
        assert (again["resumed"], again["session_token"] != token) == (False, True)


class TestErasedAsFinalizeBegins:
    async def test_nothing_is_told_afterwards(
        self, player: Player, engine: Engine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Between its first look and the news that the analysis has begun: the eraser waits, and
        removes the news, too.
        """
        token = await three_answers(player)
        erasing = Thread(target=erase, args=(engine, player.user_id))

        def erased_meanwhile(*given: Any) -> Any:
            erasing.start()
            wait_until(lambda: somebody_waits(engine) or not erasing.is_alive(), 5)
            return scoring_contexts(*given)

        monkeypatch.setattr(finalizer, "scoring_contexts", erased_meanwhile)
        assert_problem(await player.answer(token, DIMENSIONS[3]), 404, "session_not_found")
        await asyncio.to_thread(erasing.join)
        told = "SELECT stage FROM chat.notifications WHERE user_id = :user"
        with engine.connect() as connection:
            assert connection.scalars(text(told), {"user": player.user_id}).all() == []
        assert counts_of(engine, player.user_id) == {}


def erase(engine: Engine, user_id: UUID) -> None:
    with engine.begin() as connection:
        erase_all(connection, user_id)


class TestWhileTheModelThinks:
    @pytest.mark.parametrize("purpose", ["ikigai_scoring", "recommendation_narrative"])
    async def test_during_finalize(
        self, player: Player, engine: Engine, sim: OpenRouterSim, purpose: str
    ) -> None:
        token = await three_answers(player)
        sim.latency = 0.3
        before = sim.count()
        task = asyncio.ensure_future(player.answer(token, DIMENSIONS[3]))
        expected = before + (4 if purpose == "ikigai_scoring" else 5)
        assert await asyncio.to_thread(sim.wait_calls, expected, 5)
        assert sim.calls[-1].purpose == purpose
        delete_session(engine, token)
        assert_problem(await task, 404, "session_not_found")
        assert counts_of(engine, player.user_id) == ONLY_HISTORY

    async def test_during_the_content(
        self, player: Player, engine: Engine, sim: OpenRouterSim
    ) -> None:
        """The content is the user's own and was being written: a quiet end, or 404."""
        token = await submitted(player)
        sim.latency = 0.2
        before = sim.count()
        task = asyncio.ensure_future(player.post("/ikigai/start", {"session_token": token}))
        assert await asyncio.to_thread(sim.wait_calls, before + 1, 5)
        delete_session(engine, token)
        response = await task
        assert response.status_code in {200, 404}
        assert_problem(await player.get(f"/ikigai/content/{token}"), 404, "session_not_found")
        assert SESSIONS not in counts_of(engine, player.user_id)
