"""The language model behind OpenRouter: one client, one loop that owns the retries."""

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

import httpx
import structlog

from app.llm.failover import Choice, Failover, OnBreaker
from app.llm.ledger import Attempt, Observe
from app.llm.measured import count_attempt, show_breaker
from app.llm.openrouter_wire import UNAUTHORIZED, Failure, Reply, read_reply, request_body
from app.llm.port import (
    Completion,
    CompletionRequest,
    Deadline,
    ModelTimeout,
    ModelUnavailable,
    Purpose,
    T,
    Usage,
)
from app.llm.transport import CONNECTION_ERRORS, make_client

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

# Of the time of an attempt: a retry with less would most likely be paid for and thrown away.
USEFUL_SHARE: Final = 0.5
# The wait before a retry differs by this share either way, so that callers that failed
# together do not return together.
JITTER: Final = 0.25
# Repairing a damaged answer of this size takes some 10 ms; a longer one is read in a thread. For
# all of them a thread would cost more than it saves: threads that compute make the loop wait.
QUICKLY_READ_BYTES: Final = 8_000
# The longest answer that we ask for is some 40 kB.
MAX_RESPONSE_BYTES: Final = 2_000_000

OUT_OF_TIME: Final = Failure(error=ModelTimeout, reason="deadline", out_of_time=True)
ATTEMPT_TIMEOUT: Final = Failure(error=ModelTimeout, reason="attempt timeout")
NO_MODEL_LEFT: Final = Failure(error=ModelUnavailable, reason="circuit open")


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


class OpenRouterModel:
    """`LanguageModel` over HTTP. Build it once per process, close it with `aclose`.

    `observe` is told of every HTTP attempt, `on_breaker` of every change of a model's circuit
    breaker, whose clock is `clock` (monotonic seconds).
    """

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
        self._client = make_client(config.base_url, _headers(config))

    async def complete(self, request: CompletionRequest[T]) -> Completion[T]:
        """Answer within the deadline or raise a `ModelError`.

        At most `request.max_attempts` HTTP attempts, whichever models they ask; a retry begins
        only when at least `USEFUL_SHARE` of an attempt's time is left. Waits for a slot and
        between attempts count against the deadline.
        """
        attempts, usage, useful = 0, Usage(), 0.0
        asked: str | None = None
        failure: Failure | None = None
        while True:
            choice = await self._turn(request.deadline, useful)
            if isinstance(choice, Failure):
                failure = failure or choice
                break
            outcome = await self._attempt(request, choice, retry=attempts > 0)
            attempts += 1
            usage = _sum(usage, outcome.usage)
            if isinstance(outcome, Reply):
                return Completion(outcome.value, outcome.model, attempts, usage)
            failure, asked = outcome, choice.model
            _log_failed(request.purpose, asked, failure.reason, attempts)
            pause = self._pause(failure, asked)
            useful = USEFUL_SHARE * request.attempt_timeout_s
            out_of_time = pause + useful > request.deadline.remaining()
            if not failure.retryable or attempts >= request.max_attempts or out_of_time:
                break
            await asyncio.sleep(pause)
        raise failure.error(failure.reason, attempts=attempts, usage=usage, model=asked)

    async def aclose(self) -> None:
        """Release connections; no call may follow."""
        await self._client.aclose()

    async def _turn(self, deadline: Deadline, useful: float) -> Choice | Failure:
        """The model to ask and one of `max_in_flight` slots, both given back by `_attempt`.

        A Failure (and nothing taken) when every breaker is open, at once, or the time is short.
        """
        if self._failover.next_model() is None:
            return NO_MODEL_LEFT
        try:
            async with asyncio.timeout(deadline.remaining()):
                await self._slots.acquire()
        except TimeoutError:
            return OUT_OF_TIME
        choice: Choice | Failure = OUT_OF_TIME
        if deadline.remaining() > useful:
            choice = self._failover.choose() or NO_MODEL_LEFT
        if isinstance(choice, Failure):
            self._slots.release()
        return choice

    async def _attempt(
        self, request: CompletionRequest[T], choice: Choice, *, retry: bool
    ) -> Reply[T] | Failure:
        """One HTTP attempt, counted even when its caller leaves in the middle."""
        outcome: Reply[T] | Failure | None = None
        try:
            outcome = await self._ask(request, choice)
        finally:
            self._slots.release()
            self._failover.settle(choice, outcome)
            attempt = Attempt(
                purpose=request.purpose,
                model=(outcome and outcome.model) or choice.model,
                failed=not isinstance(outcome, Reply),
                retry=retry,
                usage=outcome.usage if outcome else Usage(),
            )
            count_attempt(attempt)
            self._observe(attempt)
        return outcome

    async def _ask(self, request: CompletionRequest[T], choice: Choice) -> Reply[T] | Failure:
        """Bounded as a whole by the attempt's timeout and the deadline."""
        key = self._key
        body = request_body(request, choice.model, choice.fallbacks)
        remaining = request.deadline.remaining()
        response: tuple[int, httpx.Headers, bytes] | Failure
        try:
            async with asyncio.timeout(min(request.attempt_timeout_s, remaining)):
                response = await self._post(body, key)
        except TimeoutError:
            ran_out = remaining < request.attempt_timeout_s
            response = OUT_OF_TIME if ran_out else ATTEMPT_TIMEOUT
        except CONNECTION_ERRORS:
            response = Failure(error=ModelUnavailable, reason="connection failed")
        # Out of the except clauses: nothing later may carry the client's error as its context.
        if isinstance(response, Failure):
            return response
        if len(response[2]) <= QUICKLY_READ_BYTES:
            outcome = read_reply(request, choice.model, *response)
        else:
            status, headers, content = response
            outcome = await asyncio.to_thread(
                read_reply, request, choice.model, status, headers, content
            )
        if isinstance(outcome, Failure) and outcome.status == UNAUTHORIZED:
            return replace(outcome, retryable=self._rotate(key), retry_after=0.0)
        return outcome

    async def _post(self, body: bytes, key: str) -> tuple[int, httpx.Headers, bytes] | Failure:
        """Status, headers and the body, which is read in pieces so that its size is bounded."""
        content = bytearray()
        headers = {"Authorization": f"Bearer {key}"}
        async with self._client.stream(
            "POST", "chat/completions", content=body, headers=headers
        ) as response:
            async for piece in response.aiter_bytes():
                content += piece
                if len(content) > MAX_RESPONSE_BYTES:
                    return Failure(error=ModelUnavailable, reason="response too large")
        return response.status_code, response.headers, bytes(content)

    def _rotate(self, refused: str) -> bool:
        """Put the next key in use for good; whether another key than the refused one is."""
        if self._key == refused and self._config.api_key_next:
            self._key = self._config.api_key_next
        return self._key != refused

    def _pause(self, failure: Failure, asked: str) -> float:
        """Seconds until a retry: as asked by the provider, never sooner, or our own delay.

        None before another key or another model: the wait is for the one that failed.
        """
        spread = JITTER * self._config.retry_delay_s
        if failure.status == UNAUTHORIZED or self._failover.next_model() != asked:
            return 0.0
        if failure.retry_after is not None:
            return failure.retry_after + self._rng.uniform(0, spread)
        return self._config.retry_delay_s + self._rng.uniform(-spread, spread)


def _log_failed(purpose: Purpose, model: str, reason: str, attempt: int) -> None:
    log.warning(
        "model_attempt_failed", purpose=str(purpose), model=model, reason=reason, attempt=attempt
    )


def _headers(config: OpenRouterConfig) -> dict[str, str]:
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    if config.site_url:
        headers["HTTP-Referer"] = config.site_url
    if config.app_name:
        headers["X-Title"] = config.app_name
    return headers


def _sum(one: Usage, other: Usage) -> Usage:
    return Usage(
        one.prompt_tokens + other.prompt_tokens,
        one.completion_tokens + other.completion_tokens,
        one.cost + other.cost,
    )
