"""A client that reads hundreds of event streams and adds as little as it can to what it measures.

When bytes arrived is the kernel's word (SO_TIMESTAMPNS), not the moment at which this process came
to read them: its own lateness is told apart. Of bytes that are read together it is the time of the
last ones.
"""

import asyncio
import re
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass

SO_TIMESTAMPNS = 35  # of Linux; Python's socket module has no name for it
TIMESPEC = struct.Struct("@qq")
READ_BYTES = 1 << 18
STAMP = re.compile(rb"\d+\.\d{6}")
# Two clocks cannot be asked at once; the largest of many differences has nothing in between.
WALL_AHEAD_S = max(time.time() - time.monotonic() for _ in range(1000))


@dataclass(frozen=True, slots=True)
class Token:
    """When the model sent it, and when it arrived and was read here (`time.monotonic()`)."""

    sent: float
    arrived: float
    read: float


class StreamReader:
    """One answer of the chat whose tokens are stamps; `hear` gets those that arrive together."""

    def __init__(self, port: int, hear: Callable[[list[Token]], None]) -> None:
        self._hear = hear
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self._socket.setblocking(False)
        self._rest = b""
        self._event = b""
        self._ended = asyncio.get_running_loop().create_future()

    async def read(self, request: bytes) -> None:
        """Until the answer is complete; raises RuntimeError when it ends in another way."""
        loop = asyncio.get_running_loop()
        loop.add_reader(self._socket, self._readable)
        try:
            await loop.sock_sendall(self._socket, request)
            await self._ended
        finally:
            loop.remove_reader(self._socket)
            self._socket.close()
        if self._event != b"message.completed":
            raise RuntimeError(f"the stream ended with {self._event!r} {self._rest[:600]!r}")

    def _readable(self) -> None:
        data, ancillary, _, _ = self._socket.recvmsg(READ_BYTES, socket.CMSG_SPACE(TIMESPEC.size))
        if not data and not self._ended.done():
            self._ended.set_result(None)
        seconds, nanoseconds = TIMESPEC.unpack(ancillary[0][2]) if ancillary else (0, 0)
        arrived = seconds + nanoseconds / 1e9 - WALL_AHEAD_S
        *lines, self._rest = (self._rest + data).split(b"\n")
        stamps = [stamp for line in lines for stamp in self._stamps(line)]
        if stamps:
            read = time.monotonic()
            self._hear([Token(float(stamp), arrived, read) for stamp in stamps])

    def _stamps(self, line: bytes) -> list[bytes]:
        if line.startswith(b"event: "):
            self._event = line[7:].strip()
        elif line.startswith(b"data: ") and self._event == b"message.delta":
            return STAMP.findall(line)
        return []
