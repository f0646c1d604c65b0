"""Redis behind a latch: once it fails, nobody waits for it again until a probe has succeeded."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from contextvars import Context
from typing import TYPE_CHECKING, Any, TypeVar

import structlog

if TYPE_CHECKING:
    from redis.asyncio import BlockingConnectionPool, Redis
    from redis.commands.core import AsyncScript

logger = structlog.get_logger()
T = TypeVar("T")
Operation = Callable[["Redis"], Awaitable[T]]

# Waiting for a connection, connecting, logging in and the command together; a request may lose
# 0.25 s to an outage, and the event loop needs a share of it.
OPERATION_TIMEOUT_S = 0.2
# An event loop that lags hears late of an answer that came in time: it gets so many turns first.
TURNS = 10
# Of the client library, which knows no lag; ours above comes first.
LIBRARY_TIMEOUT_S = 5.0
PROBE_INTERVAL_S = 1.0
MAX_CONNECTIONS = 20
PROBE_KEY = "kenali_diri:probe"


class RedisUnavailable(Exception):
    """Redis did not answer, answered with an error, or is being left alone: go on without it."""


def _ignore() -> None:
    """The hook of a link that nobody counts."""


class RedisLink:
    """The one way to a Redis. Safe to share by all tasks of an event loop.

    The first failed operation closes the link: every operation fails at once from then on, while
    a task in the background probes Redis, at once and then every `probe_interval_s` seconds. An
    outage is logged once, when a probe confirms it, and once more when it is over. `on_failure`
    is called for every operation that had to go on without Redis.
    """

    def __init__(
        self,
        url: str,
        *,
        on_failure: Callable[[], None] = _ignore,
        probe_interval_s: float = PROBE_INTERVAL_S,
    ) -> None:
        # The client library is imported by who has a Redis.
        from redis.asyncio import Redis
        from redis.exceptions import RedisError

        self._failures = (RedisError, OSError, TimeoutError)
        self._pool = _pool_of(url)
        self._client = Redis.from_pool(self._pool)
        self._on_failure = on_failure
        self._probe_interval_s = probe_interval_s
        self._probing: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Future[Any]] = set()

    @property
    def is_open(self) -> bool:
        """Whether operations reach for Redis; False from a failure until a probe succeeds."""
        return self._probing is None

    def script(self, text: str) -> "AsyncScript":
        """A Lua script to call inside `run`; Redis gets its text when it does not know it."""
        return self._client.register_script(text)

    async def run(self, operation: Operation[T]) -> T:
        """What `operation` gets from Redis, within 0.2 s; raises RedisUnavailable otherwise."""
        if self._probing is not None:
            self._on_failure()
            raise RedisUnavailable
        try:
            return await self._attempt(operation)
        except self._failures as error:
            self._on_failure()
            self._close(type(error).__name__)
            raise RedisUnavailable from None

    async def answers(self) -> bool:
        """Whether Redis answers now; costs nothing while the link is closed."""
        try:
            await self.run(_write)
        except RedisUnavailable:
            return False
        return True

    async def aclose(self) -> None:
        if self._probing is not None:
            self._probing.cancel()
        with suppress(*self._failures):
            await self._client.aclose()

    async def _attempt(self, operation: Operation[T]) -> T:
        """In a task of its own: where many wait for a connection, the client now and then swallows
        a cancellation, and whoever waits inside a timeout then waits twice as long.
        """
        task = asyncio.ensure_future(operation(self._client))
        self._tasks.add(task)
        task.add_done_callback(self._forget)
        try:
            for _ in range(TURNS):
                await asyncio.wait((task,), timeout=OPERATION_TIMEOUT_S / TURNS)
                if task.done():
                    return task.result()
        finally:
            task.cancel()  # late, or nobody is left to hear the answer
        raise TimeoutError

    def _forget(self, task: asyncio.Future[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # retrieved: a late failure is nobody's

    def _close(self, reason: str) -> None:
        if self._probing is None:
            # A context of its own: the probe belongs to no request, its log lines neither.
            self._probing = asyncio.create_task(self._probe(reason), context=Context())

    async def _probe(self, reason: str) -> None:
        """Open the link when Redis answers; a failure that no probe confirms was no outage."""
        is_outage = False
        while not await self._probe_answers():
            if not is_outage:
                is_outage = True
                logger.warning("redis_unavailable", reason=reason)
            await asyncio.sleep(self._probe_interval_s)
        self._probing = None
        if is_outage:
            logger.info("redis_available")
        else:
            logger.info("redis_hiccup", reason=reason)

    async def _probe_answers(self) -> bool:
        try:
            # Connections from before the failure may be dead without knowing it.
            await self._pool.disconnect(inuse_connections=False)
            await self._attempt(_write)
        except self._failures:
            return False
        return True


async def _write(client: "Redis") -> None:
    """A write: a Redis that is full or a replica answers PING as if nothing were wrong."""
    await client.set(PROBE_KEY, b"1", px=1000)


def _pool_of(url: str) -> "BlockingConnectionPool":
    from redis.asyncio import BlockingConnectionPool
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff
    from redis.maint_notifications import MaintNotificationsConfig

    return BlockingConnectionPool.from_url(
        url,
        max_connections=MAX_CONNECTIONS,
        timeout=LIBRARY_TIMEOUT_S,
        socket_timeout=LIBRARY_TIMEOUT_S,
        socket_connect_timeout=LIBRARY_TIMEOUT_S,
        retry=Retry(NoBackoff(), 0),
        # Connecting stays one round trip: nobody reads these.
        driver_info=None,
        maint_notifications_config=MaintNotificationsConfig(enabled=False),
    )
