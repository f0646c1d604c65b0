"""Answers of OpenRouter as streams: the loop that owns their retries.

Time limits cancel nobody: they cut the response off. So whoever reads may be any task, and may
leave at any time.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import httpx

from app.llm.failover import Choice
from app.llm.openrouter_events import Phase, StreamReading
from app.llm.openrouter_line import (
    NO_CONNECTION,
    OUT_OF_TIME,
    USEFUL_SHARE,
    Line,
    log_failed,
    sum_usage,
)
from app.llm.openrouter_wire import UNAUTHORIZED, Failure, Reply, chat_body
from app.llm.port import (
    ChatRequest,
    Deadline,
    Delta,
    Finished,
    ModelError,
    ModelTimeout,
    Stream,
    Usage,
)
from app.llm.transport import CONNECTION_ERRORS

# Compressed, a proxy on the way would hold text back until a block is full.
HEADERS: Final = {"accept": "text/event-stream", "accept-encoding": "identity"}
# After the finish the usage follows at once; an answer that is there does not wait long for it.
USAGE_WAIT_S: Final = 2.0
# After [DONE] only the end of the body is left; with it read the connection can be used again.
END_WAIT_S: Final = 0.25
# Of its time for the first token, what the last of several models has lost to rounding.
GIVEN_SHARE: Final = 0.9

FIRST_TOKEN_TIMEOUT: Final = Failure(error=ModelTimeout, reason="first token timeout")


@dataclass(slots=True)
class _Call:
    """One question, whose attempts share the wait for the first token."""

    request: ChatRequest
    first_token_by: Deadline
    attempts: int = 0
    refused_keys: int = 0
    usage: Usage = Usage()  # noqa: RUF009 - frozen

    @property
    def was_given_its_time(self) -> bool:
        """Whether the deadline left the model the time that it may take."""
        cut = self.first_token_by.at - self.request.deadline.at
        return cut < (1 - GIVEN_SHARE) * self.request.first_token_timeout_s

    def limit(self, reading: StreamReading) -> float:
        """Seconds that the reading may take in the phase that it has reached."""
        remaining = self.request.deadline.remaining()
        match reading.phase:
            case Phase.SILENT:
                return min(self.first_token_by.remaining(), remaining)
            case Phase.SPEAKING:
                return remaining
            case Phase.FINISHED:
                return min(USAGE_WAIT_S, remaining)
            case Phase.DONE:
                return min(END_WAIT_S, remaining)

    def fail_late(self, reading: StreamReading) -> None:
        out_of_time = reading.started or not self.was_given_its_time
        reading.fail(OUT_OF_TIME if out_of_time else FIRST_TOKEN_TIMEOUT)


class _Watch:
    """Cuts a response off when its time is up: one timer for all reads of a phase.

    The read that waits fails as if the connection had broken; `late` is called before it does.
    """

    def __init__(self, response: httpx.Response, late: Callable[[], None]) -> None:
        self._response = response
        self._late = late
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._closing: asyncio.Task[None] | None = None

    def allow(self, seconds: float) -> None:
        """So long from now, whatever was allowed before."""
        self.stop()
        self._timer = self._loop.call_later(seconds, self._cut_off)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _cut_off(self) -> None:
        self._late()
        self._closing = self._loop.create_task(self._response.aclose())


class OpenRouterStreams:
    """`stream` of the port, over the line that it shares with `complete`."""

    def __init__(self, line: Line) -> None:
        self._line = line

    async def stream(self, request: ChatRequest) -> Stream:
        """At most `max_attempts` HTTP attempts until the first text, none after it.

        A retry begins only when half of the time for the first token is left. Waits for a slot
        and between attempts count against it.
        """
        call = _Call(request, Deadline.after(request.first_token_timeout_s))
        reading = StreamReading(request.model)
        failure: Failure | None = None
        useful = 0.0
        while True:
            wait_until = Deadline(min(call.first_token_by.at, request.deadline.at))
            choice = await self._line.turn(wait_until, useful, request.model)
            if isinstance(choice, Failure):
                failure = failure or choice
                break
            reading = StreamReading(request.model)
            async with aclosing(self._attempt(call, choice, reading)) as texts:
                async for text in texts:
                    yield Delta(text)
            outcome = reading.outcome
            if isinstance(outcome, Reply):
                yield Finished(
                    outcome.value, outcome.model, reading.finish or "", call.usage, call.attempts
                )
                return
            failure = outcome
            log_failed(request.purpose, request.model, failure.reason, call.attempts)
            pause = self._line.pause(failure, request.model, request.model)
            useful = USEFUL_SHARE * request.first_token_timeout_s
            late = pause + useful > wait_until.remaining()
            if late or not _may_retry(call, failure, reading):
                break
            await asyncio.sleep(pause)
        raise _error(call, failure, reading.text)

    async def _attempt(
        self, call: _Call, choice: Choice, reading: StreamReading
    ) -> AsyncGenerator[str, None]:
        """The text of one HTTP attempt, which is counted even when its caller leaves."""
        retry = call.attempts > 0
        call.attempts += 1
        outcome: Reply[str] | Failure | None = None
        try:
            async with aclosing(self._texts(call, reading)) as texts:
                async for text in texts:
                    yield text
            outcome = reading.outcome
        finally:
            purpose = call.request.purpose
            usage = reading.usage(call.request.messages)
            call.usage = sum_usage(call.usage, usage)
            self._line.settle(choice, outcome, purpose=purpose, retry=retry, usage=usage)

    async def _texts(self, call: _Call, reading: StreamReading) -> AsyncGenerator[str, None]:
        """Leaves everything but the text in `reading`; closes the response however it ends."""
        key = self._line.key
        body = chat_body(call.request)
        try:
            async with AsyncExitStack() as stack:
                async with asyncio.timeout(call.limit(reading)):
                    post = self._line.post(body, key, HEADERS)
                    response = await stack.enter_async_context(post)
                reading.begin(response.status_code, response.headers)
                pieces = response.aiter_bytes()
                watch = _Watch(response, partial(call.fail_late, reading))
                stack.callback(watch.stop)
                phase: Phase | None = None
                while reading.failure is None:
                    if phase is not reading.phase:
                        phase = reading.phase
                        watch.allow(call.limit(reading))
                    piece = await anext(pieces, None)
                    text = reading.end() if piece is None else reading.feed(piece)
                    if text:
                        yield text
                    if piece is None:
                        break
        except TimeoutError:
            call.fail_late(reading)
        except CONNECTION_ERRORS:
            reading.fail(NO_CONNECTION)
        if reading.failure is not None and reading.failure.status == UNAUTHORIZED:
            call.refused_keys += 1
            again = self._line.rotate(key)
            reading.failure = replace(reading.failure, retryable=again, retry_after=0.0)


def _error(call: _Call, failure: Failure, partial: str) -> ModelError:
    return failure.error(
        failure.reason,
        attempts=call.attempts,
        usage=call.usage,
        model=call.request.model if call.attempts else None,
        status=failure.status,
        partial=partial,
    )


def _may_retry(call: _Call, failure: Failure, reading: StreamReading) -> bool:
    """Another key is no second try: it was never the model that was asked."""
    if reading.started or not failure.retryable:
        return False
    refused = failure.status == UNAUTHORIZED
    return refused or call.attempts - call.refused_keys < call.request.max_attempts
