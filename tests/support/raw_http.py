"""What no HTTP client of a library would send: bytes on a socket, and what comes back."""

import json
import socket
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import httpx

SILENCE_S = 3.0


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """`status` 0: the connection was closed without an answer."""

    status: int
    head: bytes
    body: bytes

    @property
    def code(self) -> str | None:
        """The code of a problem document; None for the HTTP server's own refusals."""
        try:
            document: Any = json.loads(self.body)
        except ValueError:
            return None
        return document.get("code") if isinstance(document, dict) else None


def exchange(base_url: str, request: bytes) -> RawAnswer:
    """Send, and read until the server closes or falls silent."""
    url = httpx.URL(base_url)
    received = b""
    with socket.create_connection((url.host, url.port or 80), SILENCE_S) as connection:
        with suppress(ConnectionError):  # refused before all of it was sent
            connection.sendall(request)
        with suppress(ConnectionError, TimeoutError):
            while chunk := connection.recv(65536):
                received += chunk
    head, _, body = received.partition(b"\r\n\r\n")
    status = int(head.split(b" ", 2)[1]) if head.startswith(b"HTTP/1.1 ") else 0
    return RawAnswer(status, head, body)


def request(line: bytes, *headers: bytes, body: bytes = b"") -> bytes:
    """A request that asks to close the connection afterwards."""
    return b"\r\n".join((line, b"Host: x", b"Connection: close", *headers, b"", body))
