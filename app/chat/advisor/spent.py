"""What the models of a chain take, while they are asked one after the other."""

from dataclasses import replace

from app.llm.port import ChatRequest, Finished, ModelError, Usage
from app.llm.tokens import estimated_usage


class Spent:
    """What models have cost that failed or answered, and the failure worth telling; `asked`: the
    question that a model is at work on.
    """

    def __init__(self) -> None:
        self.asked: ChatRequest | None = None
        self._usage = Usage()
        self._attempts = 0
        self._error: ModelError | None = None

    def add(self, error: ModelError, is_free: bool) -> None:
        """A model that was skipped (its breaker is open) tells less than one that was asked."""
        self.asked = None
        self._usage = _sum(self._usage, error.usage, is_free)
        self._attempts += error.attempts
        if self._error is None or error.attempts > 0:
            self._error = error

    def with_answer(self, end: Finished, is_free: bool) -> tuple[Usage, int]:
        """Usage and attempts of all models, the one that answered included."""
        self.asked = None
        self._usage = _sum(self._usage, end.usage, is_free)
        self._attempts += end.attempts
        return self._usage, self._attempts

    @property
    def model(self) -> str | None:
        """The one that is being asked, else the one that failed."""
        if self.asked is not None:
            return self.asked.model
        return None if self._error is None else self._error.model

    def usage_when_left(self, heard: str) -> Usage:
        """With the question that is being asked and what was heard of its answer, estimated."""
        if self.asked is None:
            return self._usage
        return _sum(self._usage, estimated_usage(self.asked.messages, heard), is_free=False)

    def failure(self) -> ModelError:
        error = self._error
        assert error is not None  # noqa: S101 - the first model of a chain is always asked
        return type(error)(
            error.reason,
            attempts=self._attempts,
            usage=self._usage,
            model=error.model,
            status=error.status,
            partial=error.partial,
        )


def _sum(one: Usage, other: Usage, is_free: bool) -> Usage:
    """A free model costs nothing, whatever it reports."""
    other = replace(other, cost=0.0) if is_free else other
    return Usage(
        one.prompt_tokens + other.prompt_tokens,
        one.completion_tokens + other.completion_tokens,
        one.cost + other.cost,
    )
