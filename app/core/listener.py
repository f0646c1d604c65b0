"""What others tell through PostgreSQL: LISTEN, on one connection of the process's own.

The connection is asynchronous (psycopg 3) and belongs to no pool: it is not a unit of work but
an ear, and costs nothing while nobody speaks.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from secrets import token_hex
from typing import Any

import psycopg
import structlog
from psycopg import AsyncConnection, sql
from sqlalchemy.engine import make_url

from app.core.errors import DomainError

logger = structlog.get_logger()

BEAT = "beat:"
BEAT_INTERVAL_S = 15.0  # how long a connection may be dead without our noticing
BEAT_ANSWER_S = 5.0
FIRST_DELAY_S = 0.1
LONGEST_DELAY_S = 5.0
CONNECT_TIMEOUT_S = 3


class Deaf(Exception):
    """The connection stands, yet what we said ourselves did not arrive.

    So it is when a network forgot the connection, or when LISTEN went to a pooler in transaction
    mode, which takes the command and never tells anything.
    """


def libpq_url(dsn: str) -> str:
    """The URL as psycopg wants it, without SQLAlchemy's name of a driver."""
    return make_url(dsn).set(drivername="postgresql").render_as_string(hide_password=False)


class Listener:
    """Hears one channel until its task is cancelled, over any number of connections.

    `hear` gets each payload. `catch_up` is called after every LISTEN, with the seconds for which
    nothing may have been heard (0 the first time): what was said meanwhile is to be found
    elsewhere. `speak` says a text on the channel on some other connection: what comes back proves
    that we hear.
    """

    def __init__(
        self,
        dsn: str,
        channel: str,
        *,
        hear: Callable[[str], None],
        catch_up: Callable[[float], None],
        speak: Callable[[str], Awaitable[None]],
        beat_interval_s: float = BEAT_INTERVAL_S,
    ) -> None:
        self._url = libpq_url(dsn)
        self._channel = channel
        self._hear = hear
        self._catch_up = catch_up
        self._speak = speak
        self._beat_interval_s = beat_interval_s
        self._heard_at: float | None = None
        self._is_lost = False
        self._delay_s = FIRST_DELAY_S

    async def run(self) -> None:
        """Listen for ever; an outage is logged once, and once more when it is over."""
        while True:
            try:
                async with self._listening() as connection:
                    await self._listen(connection)
            except (psycopg.Error, OSError, Deaf) as error:
                if not self._is_lost:
                    logger.warning(
                        "listener_lost", channel=self._channel, reason=type(error).__name__
                    )
                self._is_lost = True
            await asyncio.sleep(self._delay_s)
            self._delay_s = min(2 * self._delay_s, LONGEST_DELAY_S)

    @asynccontextmanager
    async def _listening(self) -> AsyncIterator[AsyncConnection[Any]]:
        connection = await AsyncConnection.connect(
            self._url,
            autocommit=True,
            connect_timeout=CONNECT_TIMEOUT_S,
            application_name="kenali-diri-listener",
            keepalives_idle=15,
        )
        try:
            await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(self._channel)))
            now = time.monotonic()
            self._catch_up(0.0 if self._heard_at is None else now - self._heard_at)
            self._heard_at = now if self._heard_at is None else self._heard_at
            yield connection
        finally:
            await connection.close()

    async def _listen(self, connection: AsyncConnection[Any]) -> None:
        """Raises Deaf when a beat is not answered, psycopg's errors when the connection goes."""
        expected: str | None = None
        due = time.monotonic()
        while True:
            wait_s = max(0.0, due - time.monotonic())
            # Not left in the middle: what came in the same packet would be lost.
            async for said in connection.notifies(timeout=wait_s, stop_after=1):
                self._heard_at = time.monotonic()
                if said.payload == expected:
                    expected, due = None, self._heard_at + self._beat_interval_s
                    self._recovered()
                elif not said.payload.startswith(BEAT):
                    self._hear(said.payload)
            if time.monotonic() < due:
                continue
            if expected is not None:
                raise Deaf
            expected = await self._beat()
            due = time.monotonic() + (self._beat_interval_s if expected is None else BEAT_ANSWER_S)

    async def _beat(self) -> str | None:
        """What was said and must come back; None when the pool had no room for it just now."""
        text = BEAT + token_hex(8)
        try:
            await self._speak(text)
        except DomainError:
            return None
        return text

    def _recovered(self) -> None:
        self._delay_s = FIRST_DELAY_S
        if self._is_lost:
            self._is_lost = False
            logger.info("listener_back", channel=self._channel)
