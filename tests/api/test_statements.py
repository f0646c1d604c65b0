"""What each route costs the database: the exact number of SQL statements."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from app.core.database import Database
from tests.support.finalized import store_phrases
from tests.support.player import DIMENSIONS, Player, add_user, sheet
from tests.support.routes import OF_A_SESSION, PUBLIC
from tests.support.statements import recorded_statements

STATEMENTS = {
    "recommendation/start": 2,  # lock and, behind it, caller with unanswered session; insert
    "recommendation/start, resumed": 2,  # as above; persona
    "sessions": 1,
    "riasec/questions": 0,
    "riasec/questions of a session": 1,
    "riasec/submit": 3,  # lock with question set, code with professions, insert
    "riasec/submit, replayed": 3,  # lock, answers, result
    "riasec/result": 1,
    "ikigai/dimensions": 0,
    "ikigai/start": 4,  # lock, status with answer row; candidates, professions
    "ikigai/start, again": 2,  # lock, answer row (there)
    "ikigai/content, cached": 1,
    "ikigai/submit-dimension": 2,  # progress, answer
    "ikigai/submit-dimension, selected": 3,  # progress, candidates, answer
    "ikigai/submit-dimension, replayed": 4,  # progress; lock, answer (none), answers
    # progress; lock, answer, job; lease; session with its answers, professions, scores stored;
    # names, the two professions, all of the completion, job of the event; result; three times news
    # for the person
    "ikigai/submit-dimension, fourth": 16,
    "ikigai/submit-dimension, completed": 4,  # progress; lock, answers, result
    "ikigai/finalize, completed": 3,  # lock, answers, result
    "ikigai/result": 1,
    "result/recommendation": 1,
    "result/recommendation, without phrases": 3,  # result; answers, professions
}


@pytest.fixture
def counted(app: FastAPI, player: Player) -> "Counter":
    return Counter(app.state.health.database)


class Counter:
    """Statements by the name of what was asked."""

    def __init__(self, database: Database) -> None:
        self.engine = database.engine
        self.found: dict[str, int] = {}

    @asynccontextmanager
    async def of(self, name: str) -> AsyncIterator[None]:
        with recorded_statements(self.engine) as statements:
            yield
        self.found[name] = len(statements)


async def play(player: Player, counted: Counter) -> None:
    """The whole journey, each call counted; a first start opens the connections."""
    token = await _riasec(player, counted)
    await _ikigai(player, counted, token)


async def _riasec(player: Player, counted: Counter) -> str:
    async with counted.of("recommendation/start"):
        started = await player.start()
    token = str(started["session_token"])
    async with counted.of("recommendation/start, resumed"):
        await player.start()
    async with counted.of("sessions"):
        await player.ok_get(f"/sessions/{token}")
    async with counted.of("riasec/questions"):
        await player.ok_get("/riasec/questions")
    async with counted.of("riasec/questions of a session"):
        await player.ok_get(f"/riasec/questions/{token}")
    async with counted.of("riasec/submit"):
        await player.submit_riasec(started, I=5, C=4)
    async with counted.of("riasec/submit, replayed"):
        await player.submit_riasec(started, I=5, C=4)
    async with counted.of("riasec/result"):
        await player.ok_get(f"/riasec/result/{token}")
    return token


async def _ikigai(player: Player, counted: Counter, token: str) -> None:
    reference = {"session_token": token}
    async with counted.of("ikigai/dimensions"):
        await player.ok_get("/ikigai/dimensions")
    async with counted.of("ikigai/start"):
        content = await player.ok_post("/ikigai/start", reference)
    async with counted.of("ikigai/start, again"):
        await player.ok_post("/ikigai/start", reference)
    async with counted.of("ikigai/content, cached"):
        await player.ok_get(f"/ikigai/content/{token}")
    option = content["candidates_with_content"][0]["profession_id"]
    async with counted.of("ikigai/submit-dimension"):
        await player.answer(token, DIMENSIONS[0])
    async with counted.of("ikigai/submit-dimension, selected"):
        await player.answer(token, DIMENSIONS[1], selected=option)
    async with counted.of("ikigai/submit-dimension, replayed"):
        await player.answer(token, DIMENSIONS[0])
    await player.answer(token, DIMENSIONS[2])
    async with counted.of("ikigai/submit-dimension, fourth"):
        await player.answer(token, DIMENSIONS[3])
    async with counted.of("ikigai/submit-dimension, completed"):
        await player.answer(token, DIMENSIONS[3])
    async with counted.of("ikigai/finalize, completed"):
        await player.ok_post("/ikigai/finalize", reference)
    async with counted.of("ikigai/result"):
        await player.ok_get(f"/ikigai/result/{token}")
    async with counted.of("result/recommendation"):
        await player.ok_get(f"/result/recommendation/{token}")
    store_phrases(counted.engine, token, None)
    async with counted.of("result/recommendation, without phrases"):
        await player.ok_get(f"/result/recommendation/{token}")


class TestStatementsPerRoute:
    async def test_the_table(self, player: Player, counted: Counter) -> None:
        await play(player, counted)
        assert counted.found == STATEMENTS

    async def test_a_full_catalogue_costs_the_same(self, player: Player, counted: Counter) -> None:
        """The number of candidates does not change the number of statements."""
        started = await player.start()
        async with counted.of("many"):
            body = await player.ok_post(
                "/riasec/submit", sheet(started, R=5, I=5, A=5, S=4, E=4, C=3)
            )
        assert body["total_candidates"] > 5
        assert counted.found["many"] == STATEMENTS["riasec/submit"]

    async def test_another_users_session_costs_what_an_absent_one_does(
        self, player: Player, engine: Engine, counted: Counter
    ) -> None:
        token = await player.reach_ikigai()
        stranger = Player(player.client, player.settings, add_user(engine))
        costs: dict[str, Any] = {}
        for route in OF_A_SESSION:
            async with counted.of("theirs"):
                await route.send(stranger.client, stranger.headers, token)
            async with counted.of("absent"):
                await route.send(stranger.client, stranger.headers)
            costs[str(route)] = (counted.found["theirs"], counted.found["absent"])
        assert set(costs.values()) == {(1, 1)}

    async def test_refusals_before_the_database(self, player: Player, counted: Counter) -> None:
        async with counted.of("refused"):
            for route in OF_A_SESSION:
                await route.send(player.client, {})
            for route in PUBLIC:
                await route.send(player.client)
            await player.post("/recommendation/start", {"persona_type": "DREAMER"})
        assert counted.found["refused"] == 0
