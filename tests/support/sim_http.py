"""The HTTP/1.1 of the model simulator, on raw streams so that it can go wrong in every way."""

import asyncio
import json
import math
import socket
import ssl
import struct
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from tests.support.sim_answers import purpose_of


@dataclass(slots=True)
class Call:
    """One request as the simulator saw it; times are `time.monotonic()`.

    `body` is the parsed JSON; header names are in lower case. `finished` is None while the
    call is under way. `aborted`: the client left before its answer was complete. `reported` is
    what its answer, when whole, says of model and usage. `connection` is the client's port.
    """

    purpose: str
    body: dict[str, Any]
    headers: dict[str, str]
    started: float
    finished: float | None = None
    aborted: bool = False
    reported: dict[str, Any] = field(default_factory=dict)
    connection: int = 0


class Exchange:
    """One request and the means to answer it well or badly; lives on the simulator's loop."""

    def __init__(
        self, call: Call, writer: asyncio.StreamWriter, answer: Callable[[dict[str, Any]], object]
    ) -> None:
        self.call = call
        self.body = call.body
        self._writer = writer
        self._answer = answer

    @property
    def open(self) -> bool:
        """Whether the connection can serve another request."""
        return not self._writer.is_closing()

    def content(self) -> str:
        """The text of a good answer: JSON unless the answerer gave a text."""
        value = self._answer(self.body)
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

    def envelope(self, content: str) -> dict[str, Any]:
        """A completion that carries `content`, with plausible usage."""
        return {
            "id": "gen-sim",
            "object": "chat.completion",
            "created": int(time.time()),
            "model": self.body.get("model", "sim/model"),
            "choices": [
                {
                    "index": 0,
                    "finish_reason": "stop",
                    "native_finish_reason": "stop",
                    "message": {"role": "assistant", "content": content, "refusal": None},
                }
            ],
            "usage": self.usage(content),
        }

    def usage(self, content: str) -> dict[str, Any]:
        """Indonesian prose has some 3.5 characters a token."""
        asked = "".join(str(m.get("content", "")) for m in self.body.get("messages", []))
        prompt, made = math.ceil(len(asked) / 3.5), math.ceil(len(content) / 3.5)
        return {
            "prompt_tokens": prompt,
            "completion_tokens": made,
            "total_tokens": prompt + made,
            "cost": round(prompt * 1.5e-7 + made * 6e-7 + 1e-8, 10),
        }

    async def send_json(
        self, value: object, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> None:
        if isinstance(value, dict):
            self.call.reported = {name: value.get(name) for name in ("model", "usage")}
        await self.send(json.dumps(value).encode(), status=status, headers=headers)

    async def send(
        self,
        payload: bytes,
        *,
        status: int = 200,
        kind: str = "application/json",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """A whole, well-formed response. The call counts as finished before its last byte."""
        self.call.finished = time.monotonic()
        await self.write(self.head(len(payload), status, kind, headers) + payload)

    def head(
        self,
        length: int | None,
        status: int = 200,
        kind: str = "application/json",
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        """Status line and headers; `length` None announces a chunked body."""
        lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", f"Content-Type: {kind}"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        lines.append(
            "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
        )
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    async def write(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def write_chunk(self, data: bytes) -> None:
        """A piece of a chunked body; the empty piece ends it."""
        if not data:
            self.call.finished = time.monotonic()
        await self.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    def hang_up(self) -> None:
        """Close without another byte (FIN)."""
        self._writer.close()

    def reset(self) -> None:
        """Close by RST."""
        sock = self._writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()


Serve = Callable[[Call, asyncio.StreamWriter], Awaitable[bool]]


class Listener:
    """A server in a thread with its own loop; `serve` answers a call, False ends its connection."""

    def __init__(self, serve: Serve, port: int = 0, tls: ssl.SSLContext | None = None) -> None:
        self._serve = serve
        self._tls = tls
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="openrouter-sim", daemon=True)
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = port

    def start(self) -> None:
        self._thread.start()
        try:
            self.do(self._listen())
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Close everything, hung connections too. Stopping twice is once."""
        if self._loop.is_closed():
            return
        self.do(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10.0)
        self._loop.close()

    def refuse(self) -> None:
        """Close the listener and every connection: connects are refused."""
        self.do(self._close())

    def listen(self) -> None:
        """Listen again, on the same port."""
        self.do(self._listen())

    def do(self, work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10.0)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(
            self._connected, "127.0.0.1", self.port, backlog=4096, ssl=self._tls
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.sleep(0)  # the transports close their sockets in the loop's next turn

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._talk(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client left, or we stop; a cancelled handler would be logged
        finally:
            self._tasks.discard(task)
            if not writer.is_closing():
                writer.transport.abort() if self._server is None else writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ahead = b""
        while True:
            call = await _read_call(reader, ahead)
            call.connection = writer.get_extra_info("peername")[1]
            work = asyncio.ensure_future(self._serve(call, writer))
            # A byte would be the next request, early; no byte means that the client left.
            watch = asyncio.ensure_future(reader.read(1))
            try:
                await asyncio.wait({work, watch}, return_when=asyncio.FIRST_COMPLETED)
                left = watch.done() and not watch.cancelled() and not _result(watch)
                if not work.done() and left:
                    call.aborted = True
                    return
                if not await work:
                    return
                ahead = _result(watch) if watch.done() else b""
            finally:
                work.cancel()
                watch.cancel()
                await asyncio.gather(work, watch, return_exceptions=True)


def _result(watch: "asyncio.Future[bytes]") -> bytes:
    return b"" if watch.exception() else watch.result()


async def _read_call(reader: asyncio.StreamReader, ahead: bytes) -> Call:
    head = (ahead + await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    lines = head.split("\r\n")[1:-2]
    headers = {
        name.strip().lower(): value.strip() for name, _, value in (x.partition(":") for x in lines)
    }
    raw = await reader.readexactly(int(headers.get("content-length", "0")))
    body = json.loads(raw) if raw else {}
    return Call(purpose_of(body), body, headers, time.monotonic())
