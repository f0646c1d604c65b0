"""Server-sent events: a response that lives until its client, its source or the process ends."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import Any, Final

import structlog
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

logger = structlog.get_logger()

PING_S: Final = 15.0
PING: Final = b": ping\n\n"
SEND_TIMEOUT_S: Final = 10.0  # a client that takes nothing for so long is gone, or as good as gone
FAREWELL_S: Final = 2.0  # for the last event of a process that ends
HEADERS: Final = {
    "cache-control": "no-store",
    "connection": "keep-alive",
    "x-accel-buffering": "no",  # a proxy is to hand on at once what comes
}


def event_stream_response(example: str) -> dict[str, Any]:
    """The 200 of a route that streams, for OpenAPI."""
    return {
        "description": "Server-sent events, until the client or the service hangs up",
        "content": {"text/event-stream": {"schema": {"type": "string"}, "example": example}},
    }


def event_of(name: str, data: str, event_id: str | None = None) -> bytes:
    """As it is sent. `data` is JSON in one line; the id comes back as Last-Event-ID."""
    head = "" if event_id is None else f"id: {event_id}\n"
    return f"{head}event: {name}\ndata: {data}\n\n".encode()


def end_with_process(scope: Mapping[str, Any]) -> None:
    """Bring the answer to this request to its end, if it is an event stream or becomes one."""
    state = scope["state"]
    state["process_ends"] = True
    if hang_up := state.get("hang_up"):
        hang_up()


class EventStream(Response):
    """Sends events as they come, and a comment every 15 s so that proxies keep the connection.

    When the process is told to end it is cut off, or `on_shutdown` is called and `events` have two
    seconds to come to an end. A client that takes nothing any more is cut off as well.
    """

    media_type = "text/event-stream"

    def __init__(
        self,
        events: AsyncGenerator[bytes, None],
        on_shutdown: Callable[[], None] | None = None,
    ) -> None:
        self.status_code = 200
        self.background = None
        self.init_headers(HEADERS)
        self._events = events
        self._on_shutdown = on_shutdown
        self._loop = asyncio.get_running_loop()
        self._sending: asyncio.Task[None] | None = None
        self._when_over: Callable[[], Awaitable[None]] | None = None

    def when_over(self, call: Callable[[], Awaitable[None]]) -> None:
        """Have this called when the stream has ended, however it did."""
        self._when_over = call

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._stream(scope, receive, send)
        finally:
            if self._when_over is not None:
                await self._when_over()

    async def _stream(self, scope: Scope, receive: Receive, send: Send) -> None:
        state = scope["state"]
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        if state.get("is_head"):  # headers, and no stream
            await send({"type": "http.response.body", "body": b""})
            return
        self._sending = asyncio.ensure_future(self._send_all(send))
        state["hang_up"] = self._hang_up
        if state.get("process_ends"):
            self._hang_up()
        pinging = asyncio.ensure_future(self._ping(send))
        await _until_one_ends(self._sending, pinging, asyncio.ensure_future(_leaves(receive)))

    async def _send_all(self, send: Send) -> None:
        async with aclosing(self._events) as events:
            async for event in events:
                await self._send(send, event)
        await send({"type": "http.response.body", "body": b""})

    async def _ping(self, send: Send) -> None:
        while True:
            await asyncio.sleep(PING_S)
            await self._send(send, PING)

    async def _send(self, send: Send, body: bytes) -> None:
        timer = self._loop.call_later(SEND_TIMEOUT_S, self._give_up)
        try:
            await send({"type": "http.response.body", "body": body, "more_body": True})
        finally:
            timer.cancel()

    def _give_up(self) -> None:
        logger.warning("event_stream_stalled")
        self._cut_off()

    def _hang_up(self) -> None:
        if self._on_shutdown is None:
            self._cut_off()
        else:
            self._on_shutdown()
            self._loop.call_later(FAREWELL_S, self._cut_off)

    def _cut_off(self) -> None:
        if self._sending is not None:
            self._sending.cancel()


async def _leaves(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _until_one_ends(*tasks: asyncio.Task[None]) -> None:
    """Then stop the others; raises what one of them has failed with."""
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, Exception):
            raise outcome
