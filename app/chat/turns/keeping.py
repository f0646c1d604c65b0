"""Answers on their way into the database, which they reach whether somebody waits or not."""

import asyncio
from collections.abc import Coroutine
from dataclasses import asdict
from typing import Any, Final, TypeVar

import structlog
from sqlalchemy import Connection

from app.chat.messages.repository import MessageRow
from app.chat.notifications.repository import publish
from app.chat.notifications.stages import interim, message_completed
from app.chat.row_security import acting_for
from app.chat.turns import repository
from app.chat.turns.opened import OpenTurn, is_partial
from app.chat.turns.repository import Answer
from app.chat.usage.repository import add_unanswered
from app.core.database import Database
from app.core.errors import DatabaseUnavailable, DomainError, Overloaded

logger = structlog.get_logger()
T = TypeVar("T")

# An answer has been paid and read: it waits out a restart of PostgreSQL. Storing it twice is
# storing it once, by its id.
PAUSES_S: Final = (0.25, 0.5, 1.0, 2.0)


class AnswerKeeper:
    """`drain` lets what is being stored arrive when the process ends."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._tasks: set[asyncio.Task[Any]] = set()

    async def store(self, turn: OpenTurn, given: Answer) -> MessageRow | None:
        """The stored answer, None when the conversation is gone. Goes on when its caller leaves."""
        return await asyncio.shield(self._in_background(self._store(turn, given)))

    def store_unwatched(self, turn: OpenTurn, given: Answer) -> asyncio.Task[MessageRow | None]:
        """As `store`, for an answer that nobody may wait for; its failure is logged."""
        task = self._in_background(self._store(turn, given))
        task.add_done_callback(_log_if_lost)
        return task

    async def tell_to_wait(self, turn: OpenTurn) -> None:
        """News of a slow model. That it cannot be told is no reason to give the answer up."""
        news = interim(str(turn.said.conversation_id), str(turn.said.id))
        try:
            await self._database.transact(lambda c: publish(c, turn.caller.user_id, news))
        except DomainError as error:
            logger.warning("chat_interim_not_told", reason=error.code)

    async def drain(self, timeout_s: float) -> None:
        """Wait for what is being stored, at most `timeout_s` seconds."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=timeout_s)

    async def _store(self, turn: OpenTurn, given: Answer) -> MessageRow | None:
        for pause_s in PAUSES_S:
            try:
                return await self._store_once(turn, given)
            except (DatabaseUnavailable, Overloaded):
                await asyncio.sleep(pause_s)
        return await self._store_once(turn, given)

    async def _store_once(self, turn: OpenTurn, given: Answer) -> MessageRow | None:
        return await self._database.transact(
            lambda c: _store_and_tell(c, turn, given), acting_for(turn.caller.user_id)
        )

    def _in_background(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _store_and_tell(connection: Connection, turn: OpenTurn, given: Answer) -> MessageRow | None:
    """The answer, its usage, and, when it is whole, the news of it: one commit. Of an answer
    without a word only the usage.
    """
    said = turn.said
    if not given.content:
        add_unanswered(connection, turn.caller.user_id, said.id, asdict(given))
        return None
    stored = repository.answer(connection, turn.caller.user_id, said.conversation_id, given)
    if stored is not None and not is_partial(stored):
        news = message_completed(str(said.conversation_id), str(stored.id))
        publish(connection, turn.caller.user_id, news)
    return stored


def _log_if_lost(task: asyncio.Task[Any]) -> None:
    if task.cancelled() or (error := task.exception()) is None:
        return
    if isinstance(error, DomainError):
        logger.warning("chat_not_stored", reason=error.code)
    else:
        logger.error("chat_not_stored", exc_info=error)
