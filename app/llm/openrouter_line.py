"""What all calls to OpenRouter share: connections, keys, slots, breakers, the count of attempts."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, TypeVar

import aiohttp
import httpx
import structlog

from app.llm.failover import Choice, Failover, OnBreaker
from app.llm.ledger import Attempt, Observe
from app.llm.measured import count_attempt, show_breaker
from app.llm.openrouter_wire import UNAUTHORIZED, Failure, Reply
from app.llm.port import Deadline, ModelTimeout, ModelUnavailable, Purpose, Usage
from app.llm.transport import make_session

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)
T = TypeVar("T")

# Of the time of an attempt: a retry with less would most likely be paid for and thrown away.
USEFUL_SHARE: Final = 0.5
# The wait before a retry differs by this share either way, so that callers that failed
# together do not return together.
JITTER: Final = 0.25

OUT_OF_TIME: Final = Failure(error=ModelTimeout, reason="deadline", out_of_time=True)
NO_MODEL_LEFT: Final = Failure(error=ModelUnavailable, reason="circuit open")
NO_CONNECTION: Final = Failure(error=ModelUnavailable, reason="connection failed")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRouterConfig:
    """`models`: in order of preference; the first whose circuit breaker is closed is asked, those
    behind it are OpenRouter's own fallbacks.

    `api_key_next` takes over for good at the first 401. `retry_delay_s` is the mean wait
    before a retry. `max_in_flight` bounds the attempts under way in this process.
    """

    base_url: str
    api_key: str = field(repr=False)
    api_key_next: str | None = field(default=None, repr=False)
    models: tuple[str, ...]
    site_url: str | None = None
    app_name: str | None = None
    retry_delay_s: float = 2.0
    max_in_flight: int = 1000

    def __post_init__(self) -> None:
        if not self.models:
            raise ValueError("at least one model is needed")
        # Found here, where the message can be made without the key.
        for name in ("api_key", "api_key_next", "site_url", "app_name"):
            value = getattr(self, name)
            if value and not (value.isascii() and value.isprintable() and value == value.strip()):
                raise ValueError(f"{name} has characters that a header cannot carry")


class Line:
    """One per process; `only` names the one model that a caller insists on."""

    def __init__(
        self,
        config: OpenRouterConfig,
        *,
        observe: Observe = lambda _: None,
        on_breaker: OnBreaker = show_breaker,
        clock: Callable[[], float] = time.monotonic,
        rng: random.Random | None = None,
    ) -> None:
        self._config = config
        self._key = config.api_key
        self._observe = observe
        self._failover = Failover(config.models, clock, on_breaker)
        self._rng = rng or random.Random()  # noqa: S311 - jitter, no secret
        self._slots = asyncio.Semaphore(config.max_in_flight)
        # Here, and not with the first question: reading all authorities holds the event loop.
        self._tls = httpx.create_ssl_context()
        self._session: aiohttp.ClientSession | None = None
        self._headers = _headers(config)
        self._url = f"{config.base_url.rstrip('/')}/chat/completions"

    @property
    def key(self) -> str:
        """The key in use."""
        return self._key

    async def aclose(self) -> None:
        if self._session is not None:
            await self._session.close()

    @asynccontextmanager
    async def post(
        self, body: bytes, key: str, headers: Mapping[str, str] | None = None
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """The response to one question; leaving the block before its end cuts the connection."""
        if self._session is None:
            self._session = make_session(self._tls)
        given = {**self._headers, "authorization": f"Bearer {key}", **(headers or {})}
        async with self._session.post(
            self._url, data=body, headers=given, allow_redirects=False
        ) as response:
            yield response

    async def turn(
        self, deadline: Deadline, useful: float, only: str | None = None
    ) -> Choice | Failure:
        """The model to ask and one of `max_in_flight` slots, both given back by `settle`.

        A Failure (and nothing taken) when every breaker is open, at once, or the time is short.
        """
        if self._failover.next_model(only) is None:
            return NO_MODEL_LEFT
        try:
            async with asyncio.timeout(deadline.remaining()):
                await self._slots.acquire()
        except TimeoutError:
            return OUT_OF_TIME
        choice: Choice | Failure = OUT_OF_TIME
        if deadline.remaining() > useful:
            choice = self._failover.choose(only) or NO_MODEL_LEFT
        if isinstance(choice, Failure):
            self._slots.release()
        return choice

    def settle(
        self,
        choice: Choice,
        outcome: Reply[T] | Failure | None,
        *,
        purpose: Purpose,
        retry: bool,
        usage: Usage,
    ) -> None:
        """The end of an attempt, which is counted; None: its caller left before anything came."""
        self._slots.release()
        self._failover.settle(choice, outcome)
        attempt = Attempt(
            purpose=purpose,
            model=(outcome and outcome.model) or choice.model,
            failed=not isinstance(outcome, Reply),
            retry=retry,
            usage=usage,
        )
        count_attempt(attempt)
        self._observe(attempt)

    def rotate(self, refused: str) -> bool:
        """Put the next key in use for good; whether another key than the refused one is."""
        if self._key == refused and self._config.api_key_next:
            self._key = self._config.api_key_next
        return self._key != refused

    def pause(self, failure: Failure, asked: str, only: str | None = None) -> float:
        """Seconds until a retry: as asked by the provider, never sooner, or our own delay.

        None before another key or another model: the wait is for the one that failed.
        """
        spread = JITTER * self._config.retry_delay_s
        if failure.status == UNAUTHORIZED or self._failover.next_model(only) != asked:
            return 0.0
        if failure.retry_after is not None:
            return failure.retry_after + self._rng.uniform(0, spread)
        return self._config.retry_delay_s + self._rng.uniform(-spread, spread)


def log_failed(purpose: Purpose, model: str, reason: str, attempt: int) -> None:
    log.warning(
        "model_attempt_failed", purpose=str(purpose), model=model, reason=reason, attempt=attempt
    )


def sum_usage(one: Usage, other: Usage) -> Usage:
    return Usage(
        one.prompt_tokens + other.prompt_tokens,
        one.completion_tokens + other.completion_tokens,
        one.cost + other.cost,
    )


def _headers(config: OpenRouterConfig) -> dict[str, str]:
    headers = {"content-type": "application/json", "accept": "application/json"}
    if config.site_url:
        headers["http-referer"] = config.site_url
    if config.app_name:
        headers["x-title"] = config.app_name
    return headers
