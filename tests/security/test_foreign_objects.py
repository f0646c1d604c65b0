"""Another one's conversation or result costs what an absent one does, as their session does.

By cause only: the same statements with the same plans. What they take is measured with sessions.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from tests.support.access import Door, doors_of
from tests.support.player import Player, add_user, body_of
from tests.support.statements import sent_statements

KINDS = {"conversation_id", "assessmentId", "userId"}
PRELUDE = re.compile(r"^(SELECT set_config\([^)]*\); )+")  # for whom the transaction acts
TALKS = "/api/chat/conversations"
Objects = Mapping[str, str]
Steps = list[tuple[str, list[str]]]


@pytest.fixture
def stranger(player: Player, engine: Engine) -> Player:
    return Player(player.client, player.settings, add_user(engine))


async def belongings(player: Player) -> dict[str, str]:
    """A talk in which something was said, its message, and a finished result."""
    client, headers = player.client, player.headers
    talk = (await client.post(TALKS, headers=headers, json={})).json()["id"]
    said = await client.post(f"{TALKS}/{talk}/messages", headers=headers, json={"content": "Halo"})
    token = await player.reach_ikigai()
    assert (await player.answer_all(token))["status"] == "completed"
    return {
        "conversation_id": talk,
        "message_id": body_of(said)["assistant_message"]["id"],
        "assessmentId": token,
        "userId": str(player.user_id),
    }


def steps_of(app: FastAPI, stranger: Player) -> Callable[[Door, Objects], Awaitable[Steps]]:
    """What a door sends for these objects: each statement and its plan, as the service's role."""
    ours = app.state.health.database.engine

    async def steps(door: Door, objects: Objects) -> Steps:
        with sent_statements(ours) as sent:
            await door.knock(stranger.client, list(stranger.headers.items()), objects)
        return [(statement, plan_of(ours, statement, values)) for statement, values in sent]

    return steps


def plan_of(engine: Engine, statement: str, values: Any) -> list[str]:
    """As of a table so large that nobody would read it whole; values are left out."""
    who, asked = PRELUDE.match(statement), PRELUDE.sub("", statement)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"{who[0] if who else ''}SET LOCAL enable_seqscan = off")
        lines = connection.exec_driver_sql(f"EXPLAIN (COSTS OFF) {asked}", values).scalars()
        return [re.sub(r"'[^']*'", "?", line) for line in lines]


class TestByCause:
    async def test_the_same_statements_with_the_same_plans(
        self,
        app: FastAPI,
        player: Player,
        stranger: Player,
        subtests: pytest.Subtests,
    ) -> None:
        theirs, steps = await belongings(player), steps_of(app, stranger)
        doors = [door for door in doors_of(app.openapi()) if door.rule.owned in KINDS]
        assert {door.rule.owned for door in doors} == KINDS
        for door in doors:
            with subtests.test(door=str(door)):
                foreign = await steps(door, theirs)
                assert foreign == await steps(door, {door.rule.owned: str(uuid4())})
                assert foreign

    async def test_their_talk_with_a_result_of_ones_own(
        self, app: FastAPI, player: Player, stranger: Player
    ) -> None:
        """The only request that names two objects."""
        theirs, ours = await belongings(player), await belongings(stranger)
        steps = steps_of(app, stranger)
        [door] = [door for door in doors_of(app.openapi()) if door.name == "add_assessment_context"]
        found = [
            await steps(door, {**ours, "conversation_id": talk})
            for talk in (theirs["conversation_id"], str(uuid4()))
        ]
        assert found[0] == found[1]
        assert len(found[0]) > 1
