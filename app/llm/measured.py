"""The port, measured: how long the model takes, what it costs, how it fails, by purpose."""

import time
from typing import Final

from app.core import metrics
from app.llm.offline import OFFLINE_MODEL
from app.llm.port import (
    Completion,
    CompletionRequest,
    LanguageModel,
    ModelBadOutput,
    ModelError,
    ModelRateLimited,
    ModelRefused,
    ModelTimeout,
    ModelUnavailable,
    Purpose,
    T,
    Usage,
)

SUCCESS: Final = "success"
CANCELLED: Final = "cancelled"
STATUS_OF: Final[dict[type[ModelError], str]] = {
    ModelTimeout: "timeout",
    ModelRateLimited: "rate_limited",
    ModelUnavailable: "unavailable",
    ModelBadOutput: "bad_output",
    ModelRefused: "refused",
}
MAX_NAME_CHARS: Final = 100  # the provider names the model that answered


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
        name, status, usage, attempts = self._asked, CANCELLED, Usage(), 0
        try:
            completion = await self._model.complete(request)
            name, status = completion.model[:MAX_NAME_CHARS], SUCCESS
            usage, attempts = completion.usage, completion.attempts
        except ModelError as error:
            status = STATUS_OF.get(type(error), "failed")
            usage, attempts = error.usage, error.attempts
            raise
        finally:
            seconds = time.perf_counter() - started
            metrics.model_duration.labels(name, request.purpose, status).observe(seconds)
            if name != OFFLINE_MODEL:
                metrics.openrouter_requests.labels(name, status).inc()
                _count_use(name, request.purpose, usage, attempts)
        return completion

    async def aclose(self) -> None:
        """Release connections; no call may follow."""
        await self._model.aclose()


def _count_use(model: str, purpose: Purpose, usage: Usage, attempts: int) -> None:
    metrics.token_usage.labels(model, "prompt").inc(usage.prompt_tokens)
    metrics.token_usage.labels(model, "completion").inc(usage.completion_tokens)
    metrics.model_cost.labels(model, purpose).inc(usage.cost)
    metrics.model_retries.labels(model, purpose).inc(max(0, attempts - 1))
