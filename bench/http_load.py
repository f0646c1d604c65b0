"""Load: raw requests over kept connections, as cheap as Python can send them."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

SHOWN_ERROR_CHARS = 500


class UnexpectedAnswerError(Exception):
    """An answer that is not 200: the figures of such a run mean nothing."""


@dataclass(frozen=True, slots=True)
class Sent:
    """`took` in seconds, sorted; `wall_s` from the first request to the last answer; `refused`
    counts answers other than 200.
    """

    took: list[float]
    wall_s: float
    refused: int

    def percentile_ms(self, share: float) -> float:
        return 1000 * self.took[min(len(self.took) - 1, int(share * len(self.took)))]


class _Connection(asyncio.Protocol):
    """One request at a time; `take` gets the next, an answer's body goes to `done`."""

    def __init__(
        self, requests: Iterator[bytes], took: list[float], refused: list[bytes] | None
    ) -> None:
        self._requests = requests
        self._refused = refused
        self._took = took
        self._buffer = b""
        self._started = 0.0
        self._transport: asyncio.WriteTransport | None = None
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)
        self._next()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, blank, body = self._buffer.partition(b"\r\n\r\n")
        if not blank or len(body) < _content_length(head):
            return
        self._took.append(time.perf_counter() - self._started)
        if not head.startswith(b"HTTP/1.1 200"):
            if self._refused is None:
                shown = self._buffer[:SHOWN_ERROR_CHARS].decode(errors="replace")
                self._finish(UnexpectedAnswerError(shown))
                return
            self._refused.append(head)
        self._buffer = b""
        self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        self._finish(exc or UnexpectedAnswerError("the connection was closed"))

    def _next(self) -> None:
        assert self._transport is not None
        request = next(self._requests, None)
        if request is None:
            self._finish(None)
            self._transport.close()
            return
        self._started = time.perf_counter()
        self._transport.write(request)

    def _finish(self, error: Exception | None) -> None:
        if self.done.done():
            return
        if error is None:
            self.done.set_result(None)
        else:
            self.done.set_exception(error)


def _content_length(head: bytes) -> int:
    lowered = head.lower()
    at = lowered.index(b"content-length:") + len(b"content-length:")
    return int(lowered[at : at + 20].split(b"\r\n", 1)[0])


async def send_all(
    port: int, requests: Sequence[bytes], connections: int, *, may_refuse: bool = False
) -> Sent:
    """Every request once, so many at a time; raises UnexpectedAnswerError for any answer but 200
    unless the server `may_refuse`.
    """
    took: list[float] = []
    refused: list[bytes] | None = [] if may_refuse else None
    source = iter(requests)
    loop = asyncio.get_running_loop()
    started = time.perf_counter()
    made = [
        await loop.create_connection(lambda: _Connection(source, took, refused), "127.0.0.1", port)
        for _ in range(min(connections, len(requests)))
    ]
    await asyncio.gather(*(protocol.done for _, protocol in made))
    wall = time.perf_counter() - started
    return Sent(sorted(took), wall, len(refused or ()))


def http_request(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """The bytes of a request on a connection that is kept."""
    lines = [f"{method} {path} HTTP/1.1", "Host: bench", *(f"{k}: {v}" for k, v in headers.items())]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body
