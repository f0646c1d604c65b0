"""The language model behind OpenRouter: one client, one loop that owns a question's retries."""

import asyncio
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from app.llm.failover import Choice, OnBreaker
from app.llm.ledger import Observe
from app.llm.measured import show_breaker
from app.llm.openrouter_line import (
    NO_CONNECTION,
    OUT_OF_TIME,
    USEFUL_SHARE,
    Line,
    OpenRouterConfig,
    log_failed,
    sum_usage,
)
from app.llm.openrouter_streams import OpenRouterStreams
from app.llm.openrouter_wire import (
    MAX_RESPONSE_BYTES,
    UNAUTHORIZED,
    Failure,
    Reply,
    read_reply,
    request_body,
)
from app.llm.port import (
    ChatRequest,
    Completion,
    CompletionRequest,
    ModelTimeout,
    ModelUnavailable,
    Stream,
    T,
    Usage,
)
from app.llm.transport import CONNECTION_ERRORS

__all__ = ["OpenRouterConfig", "OpenRouterModel"]

# Repairing a damaged answer of this size takes some 10 ms; a longer one is read in a thread. For
# all of them a thread would cost more than it saves: threads that compute make the loop wait.
QUICKLY_READ_BYTES: Final = 8_000

ATTEMPT_TIMEOUT: Final = Failure(error=ModelTimeout, reason="attempt timeout")


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
        self._line = Line(config, observe=observe, on_breaker=on_breaker, clock=clock, rng=rng)
        self._streams = OpenRouterStreams(self._line)

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
            choice = await self._line.turn(request.deadline, useful)
            if isinstance(choice, Failure):
                failure = failure or choice
                break
            outcome = await self._attempt(request, choice, retry=attempts > 0)
            attempts += 1
            usage = sum_usage(usage, outcome.usage)
            if isinstance(outcome, Reply):
                return Completion(outcome.value, outcome.model, attempts, usage)
            failure, asked = outcome, choice.model
            log_failed(request.purpose, asked, failure.reason, attempts)
            pause = self._line.pause(failure, asked)
            useful = USEFUL_SHARE * request.attempt_timeout_s
            out_of_time = pause + useful > request.deadline.remaining()
            if not failure.retryable or attempts >= request.max_attempts or out_of_time:
                break
            await asyncio.sleep(pause)
        raise failure.error(
            failure.reason, attempts=attempts, usage=usage, model=asked, status=failure.status
        )

    def stream(self, request: ChatRequest) -> Stream:
        """As the port says; the rules are those of `OpenRouterStreams`."""
        return self._streams.stream(request)

    async def aclose(self) -> None:
        """Release connections; no call may follow."""
        await self._line.aclose()

    async def _attempt(
        self, request: CompletionRequest[T], choice: Choice, *, retry: bool
    ) -> Reply[T] | Failure:
        """One HTTP attempt, counted even when its caller leaves in the middle."""
        outcome: Reply[T] | Failure | None = None
        try:
            outcome = await self._ask(request, choice)
        finally:
            usage = outcome.usage if outcome else Usage()
            self._line.settle(choice, outcome, purpose=request.purpose, retry=retry, usage=usage)
        return outcome

    async def _ask(self, request: CompletionRequest[T], choice: Choice) -> Reply[T] | Failure:
        """Bounded as a whole by the attempt's timeout and the deadline."""
        key = self._line.key
        body = request_body(request, choice.model, choice.fallbacks)
        remaining = request.deadline.remaining()
        response: tuple[int, Mapping[str, str], bytes] | Failure
        try:
            async with asyncio.timeout(min(request.attempt_timeout_s, remaining)):
                response = await self._post(body, key)
        except TimeoutError:
            ran_out = remaining < request.attempt_timeout_s
            response = OUT_OF_TIME if ran_out else ATTEMPT_TIMEOUT
        except CONNECTION_ERRORS:
            response = NO_CONNECTION
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
            return replace(outcome, retryable=self._line.rotate(key), retry_after=0.0)
        return outcome

    async def _post(self, body: bytes, key: str) -> tuple[int, Mapping[str, str], bytes] | Failure:
        """Status, headers and the body, which is read in pieces so that its size is bounded."""
        content = bytearray()
        async with self._line.post(body, key) as response:
            async for piece in response.content.iter_any():
                content += piece
                if len(content) > MAX_RESPONSE_BYTES:
                    return Failure(error=ModelUnavailable, reason="response too large")
        return response.status, response.headers, bytes(content)
