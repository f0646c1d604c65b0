"""One connection to Redis that all tasks share: what is asked in one turn of the event loop leaves
in one write, and the answers come in the order of the commands.

Imported by who has a Redis: the client library comes with it.
"""

import asyncio
from collections import deque
from contextlib import suppress
from contextvars import Context
from dataclasses import dataclass
from typing import Any

from redis.asyncio.connection import AbstractConnection, ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError
from redis.maint_notifications import MaintNotificationsConfig

Value = bytes | str | int
FAILURES = (RedisError, OSError, TimeoutError)

# Connecting, logging in and the command together; a request may lose 0.25 s to an outage, and the
# event loop needs a share of it. An event loop that lags hears late of an answer that came in
# time: a command gets so many turns of it.
TURNS = 10
TURN_S = 0.02
# Of the client library, which knows no lag; ours above comes first.
CONNECT_TIMEOUT_S = 5.0


class Lines:
    """Makes lines to the Redis of a URL."""

    def __init__(self, url: str) -> None:
        self._pool = ConnectionPool.from_url(
            url,
            socket_timeout=None,  # the line watches all of its commands with one timer
            socket_connect_timeout=CONNECT_TIMEOUT_S,
            retry=Retry(NoBackoff(), 0),
            # Connecting stays one round trip: nobody reads these.
            driver_info=None,
            maint_notifications_config=MaintNotificationsConfig(enabled=False),
        )

    def new(self) -> "Line":
        return Line(self._pool.make_connection())  # type: ignore[no-untyped-call]  # untyped


@dataclass(slots=True)
class _Asked:
    """`due`: the turn of the line's watch in which it is late."""

    command: tuple[Value, ...]
    answer: "asyncio.Future[Any]"
    due: int


class Line:
    """Connects when it is first asked. One that failed or was closed answers nobody any more: what
    Redis still sends on it belongs to commands that were given up.
    """

    def __init__(self, connection: AbstractConnection) -> None:
        self._connection = connection
        self._unsent: list[_Asked] = []
        self._unanswered: deque[_Asked] = deque()
        self._talking: asyncio.Task[None] | None = None
        self._turn = 0
        self._is_watched = False
        self._is_over = False

    async def ask(self, *command: Value) -> Any:
        """What Redis answers, within 0.2 s; raises one of FAILURES otherwise.

        Whoever leaves, or is late, leaves the others to their answers or to the same fate: the
        first late answer gives the line up, for all who wait.
        """
        if self._is_over:
            raise ConnectionError
        loop = asyncio.get_running_loop()
        asked = _Asked(command, loop.create_future(), self._turn + TURNS)
        self._unsent.append(asked)
        self._unanswered.append(asked)
        if self._talking is None:  # in a context of its own: it belongs to no request
            self._talking = loop.create_task(self._talk(), context=Context())
        if not self._is_watched:
            self._is_watched = True
            self._look_again(loop, loop.time())
        return await asked.answer

    async def close(self) -> None:
        talking = self._talking
        self._give_up(ConnectionError())
        if talking is not None:
            await asyncio.wait((talking,), timeout=TURN_S)
        await self._hang_up()

    async def _talk(self) -> None:
        """A batch after the other, until nothing is left to send."""
        try:
            while self._unsent:
                batch, self._unsent = self._unsent, []
                packed = self._connection.pack_commands([asked.command for asked in batch])
                await self._connection.send_packed_command(packed, check_health=False)
                for asked in batch:
                    await self._hear(asked)
            self._talking = None
        except FAILURES as error:
            self._give_up(error)
            await self._hang_up()
        except asyncio.CancelledError:
            await self._hang_up()
            raise

    async def _hear(self, asked: _Asked) -> None:
        """An error that Redis answers is one command's; every other one is the line's."""
        answer: Any = None
        refused: ResponseError | None = None
        try:
            answer = await self._connection.read_response()
        except ResponseError as error:
            refused = error
        if self._unanswered:
            self._unanswered.popleft()
        if asked.answer.done():  # its caller left
            return
        if refused is None:
            asked.answer.set_result(answer)
        else:
            asked.answer.set_exception(refused)

    def _look(self, loop: asyncio.AbstractEventLoop, at: float) -> None:
        """One timer for all: the first that waits has waited longest."""
        self._turn += 1
        if self._unanswered and self._unanswered[0].due <= self._turn:
            self._give_up(TimeoutError())
        self._is_watched = bool(self._unanswered)
        if self._is_watched:
            self._look_again(loop, at)

    def _look_again(self, loop: asyncio.AbstractEventLoop, last: float) -> None:
        """Lateness does not add up, but every turn leaves time to hear."""
        at = max(last + TURN_S, loop.time() + TURN_S / 4)
        loop.call_at(at, self._look, loop, at)

    def _give_up(self, error: Exception) -> None:
        """Nobody waits any longer, also not for a client library that ignores its cancellation."""
        self._is_over = True
        talking, self._talking = self._talking, None
        if talking is not None and talking is not asyncio.current_task():
            talking.cancel()
        waiting = [asked.answer for asked in self._unanswered if not asked.answer.done()]
        self._unanswered.clear()
        self._unsent.clear()
        for answer in waiting:
            answer.set_exception(error)

    async def _hang_up(self) -> None:
        with suppress(*FAILURES):
            await self._connection.disconnect(nowait=True)
