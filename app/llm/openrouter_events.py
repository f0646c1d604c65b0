"""OpenRouter's streams on the wire: server-sent events in pieces, and what they come to.

Pure. As in openrouter_wire, a reason never holds a prompt, an answer or a key.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from enum import Enum, auto
from typing import Final

from app.llm.ledger import MAX_NAME_CHARS
from app.llm.openrouter_wire import (
    MAX_RESPONSE_BYTES,
    Failure,
    Reply,
    error_object,
    first_choice,
    json_object,
    read_usage,
    seconds_to_wait,
    status_failure,
)
from app.llm.port import Message, ModelBadOutput, ModelRefused, ModelUnavailable, Usage
from app.llm.text import one_clean_line
from app.llm.tokens import estimated_usage

DONE: Final = b"[DONE]"
MAX_FINISH_CHARS: Final = 20  # the provider's word
SURROGATE: Final = re.compile("[\ud800-\udfff]")


class ServerSentEvents:
    """The data of the events in a stream of bytes that is cut anywhere.

    Comments and the other fields are dropped. Lines end with LF or CRLF.
    """

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[bytes] = []

    def feed(self, piece: bytes) -> list[bytes]:
        """The events that are complete with this piece."""
        *lines, self._rest = (self._rest + piece).split(b"\n")
        return self._complete(lines)

    def end(self) -> list[bytes]:
        """The event that the end of the stream completes, if any."""
        return self._complete((self._rest, b""))

    def _complete(self, lines: Iterable[bytes]) -> list[bytes]:
        events = []
        for line in lines:
            if line.startswith(b"data:"):
                self._data.append(line[5:].removesuffix(b"\r").removeprefix(b" "))
            elif line in (b"", b"\r") and self._data:
                events.append(b"\n".join(self._data))
                self._data = []
        return events


class Phase(Enum):
    """How far an answer has come."""

    SILENT = auto()  # the caller has been given no text
    SPEAKING = auto()
    FINISHED = auto()  # only the usage may follow
    DONE = auto()  # only the end of the body is left


class StreamReading:
    """What one attempt at a stream has brought so far; `asked` is the model that was asked.

    A response that is no event stream is read as one event: some providers do not stream, and
    an error object comes this way, too.
    """

    def __init__(self, asked: str) -> None:
        self.failure: Failure | None = None
        self.finish: str | None = None
        self.phase = Phase.SILENT
        self._asked = asked
        self._named = ""
        self._usage: Usage | None = None
        self._texts: list[str] = []
        self._events: ServerSentEvents | None = ServerSentEvents()
        self._whole = bytearray()
        self._size = 0
        self._held = ""
        self._retry_after: float | None = None

    @property
    def started(self) -> bool:
        """Whether the caller has been given text."""
        return bool(self._texts)

    @property
    def text(self) -> str:
        return "".join(self._texts)

    @property
    def outcome(self) -> Reply[str] | Failure:
        """After the end; the usage is that which was reported."""
        usage = self._usage or Usage()
        failure = self.failure
        if failure is None and self.finish is None:
            failure = Failure(error=ModelUnavailable, reason="no finish", usage=usage)
        if failure is None and not self.started:
            failure = Failure(error=ModelBadOutput, reason="empty content", usage=usage)
        if failure is None:
            return Reply(self.text, self._named or self._asked, usage)
        return replace(failure, model=self._named or None, usage=usage)

    def usage(self, messages: Iterable[Message]) -> Usage:
        """As reported; estimated from the characters when text came and nothing was reported."""
        if self._usage is not None or not self.started:
            return self._usage or Usage()
        return estimated_usage(messages, self.text)

    def begin(self, status: int, headers: Mapping[str, str]) -> None:
        """Status and headers, before everything else."""
        self._retry_after = seconds_to_wait(headers.get("retry-after"))
        if not 200 <= status < 300:
            self.fail(status_failure(status, f"http {status}", self._retry_after))
        if not headers.get("content-type", "").startswith("text/event-stream"):
            self._events = None

    def feed(self, piece: bytes) -> str:
        """The text in a piece of the body, "" for none."""
        self._size += len(piece)
        if self._size > MAX_RESPONSE_BYTES:
            self.fail(Failure(error=ModelUnavailable, reason="response too large"))
        elif self._events is None:
            self._whole += piece
        else:
            return self._read(self._events.feed(piece))
        return ""

    def end(self) -> str:
        """The body has ended; the text in what was left of it."""
        left = [bytes(self._whole)] if self._events is None else self._events.end()
        return self._read(left)

    def fail(self, failure: Failure) -> None:
        """The first failure stays; whatever goes wrong after the finish is none."""
        if self.failure is None and self.finish is None:
            self.failure = failure

    def _read(self, events: list[bytes]) -> str:
        text = "".join([self._event(data) for data in events])
        if not self.started:
            text = text.lstrip()
        if text:
            self._texts.append(text)
            if self.phase is Phase.SILENT:
                self.phase = Phase.SPEAKING
        return text

    def _event(self, data: bytes) -> str:
        if self.failure is not None or self.phase is Phase.DONE:
            return ""
        if data.strip() == DONE:
            self.phase = Phase.DONE
            return ""
        envelope = json_object(data)
        if envelope is None:
            self.fail(Failure(error=ModelUnavailable, reason="no JSON in the response"))
            return ""
        self._named = self._named or one_clean_line(envelope.get("model"))[:MAX_NAME_CHARS]
        if isinstance(envelope.get("usage"), dict):
            self._usage = read_usage(envelope["usage"])
        choice = first_choice(envelope)
        error = envelope.get("error") or choice.get("error")
        if error:
            self.fail(error_object(error, self._retry_after, self._usage or Usage()))
            return ""
        return self._choice(choice)

    def _choice(self, choice: Mapping[str, object]) -> str:
        delta = choice.get("delta") or choice.get("message")
        delta = delta if isinstance(delta, dict) else {}
        finish = choice.get("finish_reason")
        if finish == "error":
            self.fail(Failure(error=ModelUnavailable, reason="finish error"))
        elif finish == "content_filter" or delta.get("refusal"):
            self.fail(Failure(error=ModelRefused, reason="the model declines", retryable=False))
        elif isinstance(finish, str) and finish:
            self.finish = one_clean_line(finish)[:MAX_FINISH_CHARS]
            self.phase = Phase.FINISHED
        content = delta.get("content")
        return self._whole_characters(content) if isinstance(content, str) and content else ""

    def _whole_characters(self, text: str) -> str:
        """The text as it can be stored and sent: no NUL, no half of a surrogate pair.

        Some providers cut a character in two; its first half waits here for the second.
        """
        text = (self._held + text).replace("\0", "")
        self._held = ""
        if SURROGATE.search(text) is None:
            return text
        if "\ud800" <= text[-1] <= "\udbff":
            text, self._held = text[:-1], text[-1]
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
