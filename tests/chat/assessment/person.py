"""Somebody who takes the test and then looks for the advisor."""

import asyncio
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import Engine, text

from app.chat.assessment.jobs import OPEN_CONVERSATION, open_job
from app.core.settings import Settings
from app.jobs.queue import enqueue
from tests.chat.chatter import Chatter
from tests.support.player import Player
from tests.support.working import jobs_of

FIT_TARGET = text("SELECT min(id) FROM professions WHERE riasec_code_id IS NOT NULL")
PATIENCE_S = 15.0


@dataclass
class Person:
    client: httpx.AsyncClient
    settings: Settings
    user_id: UUID
    engine: Engine

    @cached_property
    def player(self) -> Player:
        return Player(self.client, self.settings, self.user_id)

    @cached_property
    def chat(self) -> Chatter:
        return Chatter(self.client, self.settings, self.user_id)

    async def finish(self) -> str:
        """A whole recommendation; its session token."""
        token = await self.player.reach_ikigai()
        body = await self.player.answer_all(token)
        assert body["status"] == "completed", body
        return token

    async def check_fit(self, **by_letter: int) -> str:
        with self.engine.connect() as connection:
            target = connection.execute(FIT_TARGET).scalar_one()
        started = await self.player.start_fit_check(target)
        await self.player.submit_riasec(started, **(by_letter or {"I": 5, "C": 4, "E": 3}))
        return str(started["session_token"])

    async def found(self, token: str) -> dict[str, Any]:
        return await self.chat.ok("GET", f"/assessment/{token}/conversation")

    async def appeared(self, token: str) -> dict[str, Any]:
        """The conversation about this result, once it is there."""
        async with asyncio.timeout(PATIENCE_S):
            while not (found := await self.found(token))["exists"]:  # noqa: ASYNC110 - over HTTP
                await asyncio.sleep(0.05)
        return found

    def enqueue(self, token: str) -> None:
        """The job once more, as the transaction of the completion enqueues it."""
        with self.engine.begin() as connection:
            enqueue(connection, open_job(self.user_id, token))

    async def no_jobs_left(self) -> None:
        """Until every job that opens conversations has been done."""
        async with asyncio.timeout(PATIENCE_S):
            while jobs_of(self.engine, OPEN_CONVERSATION):  # noqa: ASYNC110 - it lies in the rows
                await asyncio.sleep(0.05)

    def row(self, statement: str, **values: Any) -> list[Any]:
        """What a statement finds; `:user` is this person."""
        with self.engine.begin() as connection:
            found = connection.execute(text(statement), {"user": self.user_id, **values})
            return [tuple(row) for row in found] if found.returns_rows else []

    def conversations(self) -> int:
        """Of results, deleted ones included."""
        (row,) = self.row(
            "SELECT count(*) FROM chat.conversations"
            " WHERE user_id = :user AND assessment_id IS NOT NULL"
        )
        return int(row[0])

    def welcomes(self) -> int:
        (row,) = self.row(
            "SELECT count(*) FROM chat.messages WHERE user_id = :user"
            " AND metadata->>'type' = 'assessment_welcome'"
        )
        return int(row[0])

    def stages(self) -> list[str]:
        rows = self.row("SELECT stage FROM chat.notifications WHERE user_id = :user ORDER BY id")
        return [stage for (stage,) in rows]

    def forget_conversation(self) -> None:
        self.row("DELETE FROM chat.conversations WHERE user_id = :user")

    def forget_session(self, token: str) -> None:
        """As Go's admin may at any moment."""
        self.row("DELETE FROM careerprofile_test_sessions WHERE session_token = :t", t=token)


async def without_conversation(person: Person) -> str:
    """A finished fit check whose conversation never came to be."""
    token = await person.check_fit()
    await person.appeared(token)
    person.forget_conversation()
    return token
