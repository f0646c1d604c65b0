"""OpenRouter's chat completions on the wire: what is asked, and what an answer means.

Pure functions. A reason is a short fixed string: it never holds a prompt, an answer or a key.
"""

import json
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final, Generic

from pydantic_core import from_json

from app.llm.ledger import MAX_NAME_CHARS
from app.llm.port import (
    ChatRequest,
    CompletionRequest,
    ModelBadOutput,
    ModelError,
    ModelRateLimited,
    ModelRefused,
    ModelTimeout,
    ModelUnavailable,
    T,
    Usage,
)
from app.llm.structured import parse_json
from app.llm.text import one_clean_line

UNAUTHORIZED: Final = 401
PAYMENT_REQUIRED: Final = 402
REQUEST_TIMEOUT: Final = 408
TOO_MANY_REQUESTS: Final = 429
# The longest answer that we ask for is some 40 kB.
MAX_RESPONSE_BYTES: Final = 2_000_000


@dataclass(frozen=True, slots=True)
class Reply(Generic[T]):
    """What one attempt brought: the caller's value and the model that answered."""

    value: T
    model: str
    usage: Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why one attempt brought nothing.

    `error` and `reason` are what the caller gets when no retry follows. `retry_after` is what
    the provider asks us to wait, in seconds. `status` is the HTTP status, or the code of an
    error object in a 200; None when the attempt failed otherwise. `out_of_time`: it was the
    caller's deadline that cut the attempt short. `model` is the one that the response names.
    """

    error: type[ModelError]
    reason: str
    retryable: bool = True
    retry_after: float | None = None
    status: int | None = None
    usage: Usage = Usage()  # noqa: RUF009 - frozen
    out_of_time: bool = False
    model: str | None = None


def request_body(request: CompletionRequest[T], model: str, fallbacks: tuple[str, ...]) -> bytes:
    """The JSON of a request: `fallbacks` are whom OpenRouter asks when the model fails.

    A lone surrogate in a message becomes a question mark: it has no UTF-8.
    """
    body: dict[str, object] = {
        "model": model,
        "messages": [{"role": m.role, "content": m.content} for m in request.messages],
        "temperature": request.temperature,
        "max_tokens": request.max_tokens,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": request.purpose, "strict": True, "schema": request.schema},
        },
        "provider": {"require_parameters": True},
        "usage": {"include": True},
    }
    if fallbacks:
        body["models"] = fallbacks
    return _encoded(body, request.user)


def chat_body(request: ChatRequest) -> bytes:
    """The JSON of a turn: free text in a stream, the usage in its last event."""
    body: dict[str, object] = {
        "model": request.model,
        "messages": [{"role": m.role, "content": m.content} for m in request.messages],
        "temperature": request.temperature,
        "max_tokens": request.max_tokens,
        "stream": True,
        "usage": {"include": True},
    }
    return _encoded(body, request.user)


def _encoded(body: dict[str, object], user: str | None) -> bytes:
    if user is not None:
        body["user"] = user
    return json.dumps(body, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")


def read_reply(
    request: CompletionRequest[T], asked: str, status: int, headers: Mapping[str, str], body: bytes
) -> Reply[T] | Failure:
    """What a response means; `asked` is the model to name when the answer names none."""
    retry_after = seconds_to_wait(headers.get("retry-after"))
    if not 200 <= status < 300:
        return status_failure(status, f"http {status}", retry_after)
    envelope = json_object(body)
    if envelope is None:
        return Failure(error=ModelUnavailable, reason="no JSON in the response")
    named = one_clean_line(envelope.get("model"))[:MAX_NAME_CHARS]
    outcome = _read_envelope(request, named or asked, retry_after, envelope)
    return replace(outcome, model=named or None) if isinstance(outcome, Failure) else outcome


def _read_envelope(
    request: CompletionRequest[T],
    model: str,
    retry_after: float | None,
    envelope: Mapping[str, object],
) -> Reply[T] | Failure:
    usage = read_usage(envelope.get("usage"))
    error = envelope.get("error") or first_choice(envelope).get("error")
    if error:
        return error_object(error, retry_after, usage)
    content = _content(envelope, usage)
    if isinstance(content, Failure):
        return content
    return _read(request, content, model, usage)


def _read(
    request: CompletionRequest[T], content: str, model: str, usage: Usage
) -> Reply[T] | Failure:
    """The caller's value; what the ValueErrors say may quote the answer and is dropped."""
    try:
        parsed = parse_json(content)
    except ValueError:
        return Failure(error=ModelBadOutput, reason="no JSON in the answer", usage=usage)
    try:
        value = request.read(parsed)
    except ValueError:
        return Failure(error=ModelBadOutput, reason="answer breaks the rules", usage=usage)
    return Reply(value, model, usage)


def status_failure(
    status: int, reason: str, retry_after: float | None, usage: Usage | None = None
) -> Failure:
    """402 with Retry-After is a spending limit that passes; without it the account is empty."""
    error: type[ModelError]
    retryable = True
    if status == TOO_MANY_REQUESTS or (status == PAYMENT_REQUIRED and retry_after is not None):
        error = ModelRateLimited
    elif status == REQUEST_TIMEOUT:
        error = ModelTimeout
    elif 400 <= status < 500:
        error, retryable = ModelRefused, False
    else:
        error = ModelUnavailable
    return Failure(
        error=error,
        reason=reason,
        retryable=retryable,
        retry_after=retry_after,
        status=status,
        usage=usage or Usage(),
    )


def error_object(error: object, retry_after: float | None, usage: Usage) -> Failure:
    """An `error` in a 200: its code means what the same HTTP status means."""
    code = str(error.get("code") if isinstance(error, dict) else None)
    if code not in _CODES:
        return Failure(error=ModelUnavailable, reason="provider error", usage=usage)
    status = int(code)
    return status_failure(status, f"provider error {status}", retry_after, usage)


_CODES: Final = frozenset(str(status) for status in range(400, 600))


def _content(envelope: Mapping[str, object], usage: Usage) -> str | Failure:
    """The text of the answer, or why there is none."""
    choice = first_choice(envelope)
    if not choice:
        return Failure(error=ModelBadOutput, reason="no choices", usage=usage)
    message = choice.get("message")
    message = message if isinstance(message, dict) else {}
    content = _text(message.get("content"))
    finish = choice.get("finish_reason")
    if finish == "error":
        return Failure(error=ModelUnavailable, reason="finish error", usage=usage)
    if message.get("refusal") or finish == "content_filter":
        return Failure(
            error=ModelRefused, reason="the model declines", retryable=False, usage=usage
        )
    if finish == "length":
        return Failure(error=ModelBadOutput, reason="finish length", usage=usage)
    if not content.strip():
        return Failure(error=ModelBadOutput, reason="empty content", usage=usage)
    return content


def first_choice(envelope: Mapping[str, object]) -> dict[str, object]:
    choices = envelope.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    return first if isinstance(first, dict) else {}


def json_object(body: bytes) -> dict[str, object] | None:
    """pydantic's reader takes a fifth of the time of Python's, which reads what the other refuses:
    half a character in an answer that was cut.
    """
    try:
        value = from_json(body)
    except ValueError:
        value = _slowly_read(body)
    return value if isinstance(value, dict) else None


def _slowly_read(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def read_usage(value: object) -> Usage:
    counts = value if isinstance(value, dict) else {}
    return Usage(
        prompt_tokens=int(_amount(counts.get("prompt_tokens"))),
        completion_tokens=int(_amount(counts.get("completion_tokens"))),
        cost=_amount(counts.get("cost")),
    )


def _amount(value: object) -> float:
    """A finite number of at least 0; anything else is 0."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e15:
        return 0.0
    return float(value)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def seconds_to_wait(header: str | None) -> float | None:
    """Retry-After, which is seconds or an HTTP date; None when absent or unreadable."""
    if header is None:
        return None
    try:
        seconds = float(header)
    except ValueError:
        seconds = _seconds_until(header)
    return max(0.0, seconds) if math.isfinite(seconds) else None


def _seconds_until(http_date: str) -> float:
    try:
        moment = parsedate_to_datetime(http_date)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return aware.timestamp() - time.time()
    except (ValueError, OverflowError):
        return math.nan
