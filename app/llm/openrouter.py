"""The language model behind OpenRouter: one client, one loop that owns the retries."""

import asyncio
import random
from dataclasses import dataclass, field, replace
from typing import Final

import httpx
import structlog

from app.llm.openrouter_wire import UNAUTHORIZED, Failure, Reply, read_reply, request_body
from app.llm.port import (
    Completion,
    CompletionRequest,
    Deadline,
    ModelTimeout,
    ModelUnavailable,
    T,
    Usage,
)

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

# Of the time of an attempt: a retry with less would most likely be paid for and thrown away.
USEFUL_SHARE: Final = 0.5
# The wait before a retry differs by this share either way, so that callers that failed
# together do not return together.
JITTER: Final = 0.25
# The longest answer that we ask for is some 40 kB.
MAX_RESPONSE_BYTES: Final = 2_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRouterConfig:
    """`models`: the first is asked, the rest are OpenRouter's fallbacks, in order.

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
    """`LanguageModel` over HTTP. Build it once per process, close it with `aclose`."""

    def __init__(self, config: OpenRouterConfig, *, rng: random.Random | None = None) -> None:
        self._config = config
        self._key = config.api_key
        self._rng = rng or random.Random()  # noqa: S311 - jitter, no secret
        self._slots = asyncio.Semaphore(config.max_in_flight)
        self._client = httpx.AsyncClient(
            base_url=config.base_url,
            headers=_headers(config),
            # The wall clock of `_attempt` bounds connecting, sending and reading together.
            timeout=None,  # noqa: S113 - see above
            # httpcore's pool is quadratic in idle connections; `_slots` bounds the rest.
            limits=httpx.Limits(max_keepalive_connections=20),
        )

    async def complete(self, request: CompletionRequest[T]) -> Completion[T]:
        """Answer within the deadline or raise a `ModelError`.

        At most `request.max_attempts` HTTP attempts; a retry begins only when at least
        `USEFUL_SHARE` of an attempt's time is left. Waits for a slot and between attempts
        count against the deadline.
        """
        body = request_body(request, self._config.models)
        failure = Failure(error=ModelTimeout, reason="deadline")
        usage = Usage()
        attempts = 0
        useful = 0.0
        while await self._slot(request.deadline, useful):
            try:
                outcome = await self._attempt(request, body)
            finally:
                self._slots.release()
            attempts += 1
            usage = _sum(usage, outcome.usage)
            if isinstance(outcome, Reply):
                return Completion(outcome.value, outcome.model, attempts, usage)
            failure = outcome
            log.warning(
                "model_attempt_failed",
                purpose=str(request.purpose),
                reason=failure.reason,
                attempt=attempts,
            )
            pause = self._pause(failure)
            useful = USEFUL_SHARE * request.attempt_timeout_s
            out_of_time = pause + useful > request.deadline.remaining()
            if not failure.retryable or attempts >= request.max_attempts or out_of_time:
                break
            await asyncio.sleep(pause)
        raise failure.error(failure.reason, attempts=attempts, usage=usage)

    async def aclose(self) -> None:
        """Release connections; no call may follow."""
        await self._client.aclose()

    async def _slot(self, deadline: Deadline, useful: float) -> bool:
        """Take one of `max_in_flight` slots; False (and none taken) when the time is short."""
        try:
            async with asyncio.timeout(deadline.remaining()):
                await self._slots.acquire()
        except TimeoutError:
            return False
        if deadline.remaining() > useful:
            return True
        self._slots.release()
        return False

    async def _attempt(self, request: CompletionRequest[T], body: bytes) -> Reply[T] | Failure:
        """One HTTP attempt, bounded as a whole by the attempt's timeout and the deadline."""
        key = self._key
        remaining = request.deadline.remaining()
        response: tuple[int, httpx.Headers, bytes] | Failure
        try:
            async with asyncio.timeout(min(request.attempt_timeout_s, remaining)):
                response = await self._post(body, key)
        except TimeoutError:
            ran_out = remaining < request.attempt_timeout_s
            reason = "deadline" if ran_out else "attempt timeout"
            response = Failure(error=ModelTimeout, reason=reason)
        except httpx.RequestError:
            response = Failure(error=ModelUnavailable, reason="connection failed")
        # Out of the except clauses: nothing later may carry httpx's error as its context.
        if isinstance(response, Failure):
            return response
        outcome = read_reply(request, self._config.models[0], *response)
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

    def _pause(self, failure: Failure) -> float:
        """Seconds until a retry: as asked by the provider, never sooner, or our own delay."""
        spread = JITTER * self._config.retry_delay_s
        if failure.status == UNAUTHORIZED:
            return 0.0
        if failure.retry_after is not None:
            return failure.retry_after + self._rng.uniform(0, spread)
        return self._config.retry_delay_s + self._rng.uniform(-spread, spread)


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
