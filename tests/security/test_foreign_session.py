"""Another user's session takes as long as one that does not exist: nobody can ask what is there.

Shown by cause (the same statements with the same plan, whatever the token) and by effect
(measured pairs). The measurement is a sign test: of 200 pairs, each in random order, the foreign
request is the slower one in about half. Without a difference, more than 4.5 standard deviations
from the middle come about once in 150,000 runs; one statement more (some 0.3 ms of 2 to 3) makes
nine of ten pairs slower on an idle machine and seven of ten on a busy one, which 200 pairs show
as 6 deviations. A shift of the whole machine hits both of a pair, which a comparison of medians
or of means would not survive.
"""

import math
import random
import re
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, text

from tests.support.player import Player, add_user
from tests.support.routes import OF_A_SESSION, Route
from tests.support.rows import execute
from tests.support.statements import recorded_statements, sent_statements

PAIRS = 200
LIMIT = 4.5  # standard deviations
MEASURED = ("get_session_progress", "submit_ikigai_dimension")
Ask = Callable[[], Awaitable[object]]


@pytest.fixture
def stranger(player: Player, engine: Engine) -> Player:
    return Player(player.client, player.settings, add_user(engine))


class TestByCause:
    async def test_the_same_statements(
        self, app: FastAPI, player: Player, stranger: Player, subtests: pytest.Subtests
    ) -> None:
        token = await player.reach_ikigai()
        engine = app.state.health.database.engine
        for route in OF_A_SESSION:
            with subtests.test(route=str(route)):
                with recorded_statements(engine) as theirs:
                    await route.send(stranger.client, stranger.headers, token)
                with recorded_statements(engine) as absent:
                    await route.send(stranger.client, stranger.headers)
                assert theirs == absent
                assert theirs

    async def test_the_same_plan(
        self,
        app: FastAPI,
        player: Player,
        stranger: Player,
        engine: Engine,
        subtests: pytest.Subtests,
    ) -> None:
        """By the index on the token, with or without a session behind it."""
        token = await player.reach_ikigai()
        ours = app.state.health.database.engine
        for route in OF_A_SESSION:
            with subtests.test(route=str(route)):
                plans = []
                for name in (token, str(uuid4())):
                    with sent_statements(ours) as sent:
                        await route.send(stranger.client, stranger.headers, name)
                    plans.append([plan_of(engine, *each) for each in sent])
                assert plans[0] == plans[1]
                assert "session_token" in str(plans[0])


def plan_of(engine: Engine, statement: str, parameters: Any) -> list[str]:
    """As of a table so large that nobody would read it whole; values are left out."""
    with engine.connect() as connection:
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        lines = connection.exec_driver_sql(f"EXPLAIN (COSTS OFF) {statement}", parameters)
        return [re.sub(r"'[^']*'", "?", line) for line in lines.scalars()]


async def slower(first: Ask, second: Ask) -> bool:
    """Whether the first of the two took longer; asked in random order."""
    took = {}
    for ask in random.sample([first, second], 2):
        started = time.perf_counter()
        await ask()
        took[ask] = time.perf_counter() - started
    return took[first] > took[second]


def deviations(found: list[bool]) -> float:
    """By how many standard deviations "slower" was found more often than by chance."""
    return (2 * sum(found) - len(found)) / math.sqrt(max(len(found), 1))


def tokens_of(engine: Engine, owner: Player) -> list[str]:
    """As many sessions as there are pairs: one asked for again and again would be warm."""
    tokens = [str(uuid4()) for _ in range(PAIRS)]
    execute(
        engine,
        "INSERT INTO careerprofile_test_sessions (user_id, session_token, persona_type, test_goal,"
        " uses_ikigai, status, algorithm_version, question_set_version)"
        " SELECT :user, unnest(CAST(:tokens AS text[])), 'BUILDER', 'RECOMMENDATION', true,"
        " 'riasec_ongoing', '1.0', 'short-1.0'",
        user=owner.user_id,
        tokens=tokens,
    )
    return tokens


class TestByEffect:
    @pytest.mark.parametrize(
        "route", [route for route in OF_A_SESSION if route.operation_id in MEASURED], ids=str
    )
    async def test_as_long_as_an_absent_one(
        self, player: Player, stranger: Player, engine: Engine, route: Route
    ) -> None:
        ask = partial(route.send, stranger.client, stranger.headers)
        theirs = [partial(ask, token) for token in tokens_of(engine, player)]
        absent = [partial(ask, str(uuid4())) for _ in range(PAIRS)]
        await ask(str(uuid4()))  # opens the connections
        found = [await slower(*pair) for pair in zip(theirs, absent, strict=True)]
        assert abs(deviations(found)) < LIMIT

    async def test_a_statement_more_would_be_noticed(self, player: Player, engine: Engine) -> None:
        """The instrument itself: progress, and progress with one more look at the database.

        Asked until it shows, as an attacker would: the busier the machine, the more pairs.
        """
        route = next(route for route in OF_A_SESSION if route.operation_id in MEASURED)
        plain = partial(route.send, player.client, player.headers, str(uuid4()))

        async def more() -> object:
            with engine.connect() as connection:
                connection.execute(text("SELECT 1"))
            return await plain()

        await more()
        found: list[bool] = []
        while deviations(found) <= LIMIT and len(found) < 3 * PAIRS:
            found.append(await slower(more, plain))
        assert deviations(found) > LIMIT
