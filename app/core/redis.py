"""Redis behind a latch: once it fails, nobody waits for it again until a probe has succeeded."""

import asyncio
from collections.abc import Callable
from contextvars import Context
from typing import TYPE_CHECKING, Any

import structlog

if TYPE_CHECKING:
    from app.core.redis_line import Value

logger = structlog.get_logger()

PROBE_INTERVAL_S = 1.0
# A write: a Redis that is full or a replica answers PING as if nothing were wrong.
PROBE = ("SET", "kenali_diri:probe", b"1", "PX", 1000)


class RedisUnavailable(Exception):
    """Redis did not answer, answered with an error, or is being left alone: go on without it."""


def _ignore() -> None:
    """The hook of a link that nobody counts."""


class RedisLink:
    """The one way to a Redis. Safe to share by all tasks of an event loop.

    The first failed command closes the link: every command fails at once from then on, while
    a task in the background probes Redis, at once and then every `probe_interval_s` seconds. An
    outage is logged once, when a probe confirms it, and once more when it is over. `on_failure`
    is called for every command that had to go on without Redis.
    """

    def __init__(
        self,
        url: str,
        *,
        on_failure: Callable[[], None] = _ignore,
        probe_interval_s: float = PROBE_INTERVAL_S,
    ) -> None:
        # The client library is imported by who has a Redis.
        from app.core.redis_line import FAILURES, Lines

        self._failures = FAILURES
        self._lines = Lines(url)
        self._line = self._lines.new()
        self._on_failure = on_failure
        self._probe_interval_s = probe_interval_s
        self._probing: asyncio.Task[None] | None = None

    @property
    def is_open(self) -> bool:
        """Whether commands reach for Redis; False from a failure until a probe succeeds."""
        return self._probing is None

    async def run(self, *command: "Value") -> Any:
        """What Redis answers, within 0.2 s; raises RedisUnavailable otherwise."""
        if self._probing is not None:
            self._on_failure()
            raise RedisUnavailable
        try:
            return await self._line.ask(*command)
        except self._failures as error:
            self._on_failure()
            self._close(type(error).__name__)
            raise RedisUnavailable from None

    async def answers(self) -> bool:
        """Whether Redis answers now; costs nothing while the link is closed."""
        try:
            await self.run(*PROBE)
        except RedisUnavailable:
            return False
        return True

    async def aclose(self) -> None:
        if self._probing is not None:
            self._probing.cancel()
        await self._line.close()

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
        """On a new line: that from before the failure may be dead without knowing it."""
        await self._line.close()
        self._line = self._lines.new()
        try:
            await self._line.ask(*PROBE)
        except self._failures:
            return False
        return True
