"""What the domains ask of a language model, what they get, and how it can fail.

A failure is always an error of the tree below, never text in an answer.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, Literal, Protocol, TypeVar

T = TypeVar("T")


class Purpose(StrEnum):
    """Why the model is called; also the name of the answer's JSON schema."""

    CONTENT = "ikigai_content"
    SCORING = "ikigai_scoring"
    NARRATIVE = "recommendation_narrative"
    PERSONALITY = "riasec_personality"
    PROBE = "health_probe"


@dataclass(frozen=True, slots=True)
class Message:
    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Deadline:
    """A point in monotonic time, absolute over all attempts and waits of a piece of work."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        return cls(time.monotonic() + seconds)

    def remaining(self) -> float:
        """Seconds left, 0 when it has passed."""
        return max(0.0, self.at - time.monotonic())


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletionRequest(Generic[T]):
    """One question to the model.

    `schema` is the strict JSON schema that the answer must follow. `read` turns the parsed
    answer into the caller's value and raises ValueError when it breaks the caller's rules.
    `facts` holds the data that the messages were rendered from: the offline model answers
    from it, a remote model never sees it.
    """

    purpose: Purpose
    messages: tuple[Message, ...]
    schema: Mapping[str, object]
    read: Callable[[object], T]
    facts: object
    deadline: Deadline
    attempt_timeout_s: float
    temperature: float
    max_tokens: int
    max_attempts: int = 2
    user: str | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens and cost (US dollars) of all attempts of a completion."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float = 0.0


@dataclass(frozen=True, slots=True)
class Completion(Generic[T]):
    """A validated answer; `attempts` counts HTTP attempts (0 for the offline model)."""

    value: T
    model: str
    attempts: int
    usage: Usage = field(default_factory=Usage)


class LanguageModel(Protocol):
    """The port. Both adapters are safe to share by all tasks of a process."""

    async def complete(self, request: CompletionRequest[T]) -> Completion[T]:
        """Answer within the deadline or raise a `ModelError`."""
        ...

    async def aclose(self) -> None:
        """Release connections; no call may follow."""
        ...


class ModelError(Exception):
    """The model gave no usable answer; `attempts` and `usage` were spent on it all the same.

    `model` is the one that was asked last, None when none was.
    """

    def __init__(
        self,
        reason: str,
        *,
        attempts: int = 0,
        usage: Usage | None = None,
        model: str | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.attempts = attempts
        self.usage = usage or Usage()
        self.model = model


class ModelTimeout(ModelError):
    """No answer within the attempt's timeout or the deadline."""


class ModelRateLimited(ModelError):
    """The provider asks us to slow down (429), or the account is out of credit for now."""


class ModelUnavailable(ModelError):
    """Connection failed, 5xx, or the provider reported an error of its own."""


class ModelBadOutput(ModelError):
    """An answer came but breaks the schema or the caller's rules."""


class ModelRefused(ModelError):
    """The request itself is refused (400, 401, 402, 403, 404): a retry cannot help."""
