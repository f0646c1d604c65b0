"""What the domains ask of a language model, what they get, and how it can fail.

A failure is always an error of the tree below, never text in an answer.
"""

import time
from collections.abc import AsyncGenerator, Callable, Mapping
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
    CHAT = "chat"
    WELCOME = "chat_welcome"
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRequest:
    """One turn of a conversation, answered in free text by one model, the caller's choice.

    `first_token_timeout_s` bounds the wait for the first visible text, `deadline` the whole;
    after the first text only the deadline counts. `max_attempts` are HTTP attempts, without the
    one that another key costs. `facts`: as in CompletionRequest.
    """

    purpose: Purpose
    messages: tuple[Message, ...]
    model: str
    facts: object
    deadline: Deadline
    first_token_timeout_s: float
    temperature: float
    max_tokens: int
    max_attempts: int = 2
    user: str | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens and cost (US dollars) of all attempts at an answer."""

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


@dataclass(frozen=True, slots=True)
class Delta:
    """The next piece of an answer; never empty, and the first one is never blank."""

    text: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The end of an answer that came whole.

    `text` is all deltas together, `model` the one that answered. `finish_reason` is the
    provider's word: "stop", or "length" when `max_tokens` cut the answer short, which is still
    an answer. `usage` is that of all attempts; what the provider did not report is estimated.
    """

    text: str
    model: str
    finish_reason: str
    usage: Usage
    attempts: int


Stream = AsyncGenerator[Delta | Finished, None]


class LanguageModel(Protocol):
    """The port. Both adapters are safe to share by all tasks of a process."""

    async def complete(self, request: CompletionRequest[T]) -> Completion[T]:
        """Answer within the deadline or raise a `ModelError`."""
        ...

    def stream(self, request: ChatRequest) -> Stream:
        """Deltas as they come, then one Finished; or a `ModelError`, before or in the middle.

        Who stops reading closes it (`contextlib.aclosing`): the provider is told at once.
        """
        ...

    async def aclose(self) -> None:
        """Release connections; no call may follow."""
        ...


class ModelError(Exception):
    """The model gave no usable answer; `attempts` and `usage` were spent on it all the same.

    `model` is the one that was asked last, None when none was. `status` is the HTTP status (or
    the code of an error object) of the last failure, if it had one. `partial` is what a stream
    had given when it broke.
    """

    def __init__(
        self,
        reason: str,
        *,
        attempts: int = 0,
        usage: Usage | None = None,
        model: str | None = None,
        status: int | None = None,
        partial: str = "",
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.attempts = attempts
        self.usage = usage or Usage()
        self.model = model
        self.status = status
        self.partial = partial


class ModelTimeout(ModelError):
    """No answer within the attempt's timeout or the deadline."""


class ModelRateLimited(ModelError):
    """The provider asks us to slow down (429), or the account is out of credit for now."""


class ModelUnavailable(ModelError):
    """Connection failed, 5xx, or the provider reported an error of its own."""


class ModelBadOutput(ModelError):
    """An answer came but is empty, or breaks the schema or the caller's rules."""


class ModelRefused(ModelError):
    """The request itself is refused (400, 401, 402, 403, 404): a retry cannot help."""
