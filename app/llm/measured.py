"""The port, measured: how long the model takes, what it costs, how it fails, by purpose."""

import time
from contextlib import aclosing
from typing import Final

import structlog

from app.core import metrics
from app.llm.breaker import BreakerState
from app.llm.ledger import MAX_NAME_CHARS, Attempt
from app.llm.offline import OFFLINE_MODEL
from app.llm.port import (
    ChatRequest,
    Completion,
    CompletionRequest,
    Finished,
    LanguageModel,
    ModelBadOutput,
    ModelError,
    ModelRateLimited,
    ModelRefused,
    ModelTimeout,
    ModelUnavailable,
    Stream,
    T,
)

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

SUCCESS: Final = "success"
CANCELLED: Final = "cancelled"
STATUS_OF: Final[dict[type[ModelError], str]] = {
    ModelTimeout: "timeout",
    ModelRateLimited: "rate_limited",
    ModelUnavailable: "unavailable",
    ModelBadOutput: "bad_output",
    ModelRefused: "refused",
}


class MeasuredModel:
    """`LanguageModel` that counts what passes through it.

    `asked` is the model that a failure is counted for: nobody answered.
    """

    def __init__(self, model: LanguageModel, asked: str) -> None:
        self._model = model
        self._asked = asked

    async def complete(self, request: CompletionRequest[T]) -> Completion[T]:
        """As the model beneath; every outcome is counted, the caller's giving up included."""
        started = time.perf_counter()
        name, status = self._asked, CANCELLED
        try:
            completion = await self._model.complete(request)
            name, status = completion.model[:MAX_NAME_CHARS], SUCCESS
        except ModelError as error:
            name, status = error.model or name, status_of(error)
            raise
        finally:
            _count_call(name, request.purpose, status, time.perf_counter() - started)
        return completion

    async def stream(self, request: ChatRequest) -> Stream:
        """As the model beneath; counted when it ends, "cancelled" when its reader left."""
        started = time.perf_counter()
        name, status = request.model, CANCELLED
        try:
            async with aclosing(self._model.stream(request)) as items:
                async for item in items:
                    if isinstance(item, Finished):
                        name, status = item.model[:MAX_NAME_CHARS], SUCCESS
                    yield item
        except ModelError as error:
            name, status = error.model or name, status_of(error)
            raise
        finally:
            _count_call(name, request.purpose, status, time.perf_counter() - started)

    async def aclose(self) -> None:
        """Release connections; no call may follow."""
        await self._model.aclose()


def status_of(error: ModelError) -> str:
    """The label under which an error is counted."""
    return STATUS_OF.get(type(error), "failed")


def _count_call(name: str, purpose: str, status: str, seconds: float) -> None:
    metrics.model_duration.labels(name, purpose, status).observe(seconds)
    if name != OFFLINE_MODEL:
        metrics.openrouter_requests.labels(name, status).inc()


def count_attempt(attempt: Attempt) -> None:
    """Count one HTTP attempt and what it cost under the model that it went to."""
    model, purpose, usage = attempt.model, attempt.purpose, attempt.usage
    result = "failed" if attempt.failed else "success"
    metrics.model_attempts.labels(model, purpose, result).inc()
    for kind, tokens in (("prompt", usage.prompt_tokens), ("completion", usage.completion_tokens)):
        metrics.token_usage.labels(model, kind).inc(tokens)
        metrics.model_tokens.labels(model, purpose, kind).inc(tokens)
    metrics.model_cost.labels(model, purpose).inc(usage.cost)
    metrics.model_retries.labels(model, purpose).inc(attempt.retry)


def show_breaker(model: str, state: BreakerState) -> None:
    """Show and log the state of a model's circuit breaker: the first one, and every change."""
    metrics.model_breaker_state.labels(model).set(state)
    tell = log.info if state is BreakerState.CLOSED else log.warning
    tell("model_breaker", model=model, state=state.name.lower())
