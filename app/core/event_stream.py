"""Server-sent events: a response that lives until its client, its source or the process ends."""

from collections.abc import AsyncIterator, Callable
from typing import Any, cast

import anyio
import structlog
from sse_starlette import EventSourceResponse, ServerSentEvent
from sse_starlette.sse import SendTimeoutError
from starlette.types import Receive, Scope, Send

logger = structlog.get_logger()

PING_S = 15
LINE_END = "\n"
SEND_TIMEOUT_S = 10.0  # a client that takes nothing for so long is gone, or as good as gone
FAREWELL_S = 2.0  # for the last event of a process that ends


def event_stream_response(example: str) -> dict[str, Any]:
    """The 200 of a route that streams, for OpenAPI."""
    return {
        "description": "Server-sent events, until the client or the service hangs up",
        "content": {"text/event-stream": {"schema": {"type": "string"}, "example": example}},
    }


def _ping() -> ServerSentEvent:
    return ServerSentEvent(comment="ping", sep=LINE_END)


class _Notice:
    """Stands where the library has an event to set when the process ends."""

    def __init__(self, tell: Callable[[], None]) -> None:
        self.set = tell


class EventStream(EventSourceResponse):
    """Sends events as they come, and a comment every 15 s so that proxies keep the connection.

    Half a second after SIGTERM it is cut off, or `on_shutdown` is called and `events` have two
    seconds to come to an end. A client that takes nothing any more is cut off as well.
    """

    def __init__(
        self,
        events: AsyncIterator[ServerSentEvent],
        on_shutdown: Callable[[], None] | None = None,
    ) -> None:
        super().__init__(
            events,
            ping=PING_S,
            sep=LINE_END,
            ping_message_factory=_ping,
            send_timeout=SEND_TIMEOUT_S,
            shutdown_event=None if on_shutdown is None else cast(anyio.Event, _Notice(on_shutdown)),
            shutdown_grace_period=0 if on_shutdown is None else FAREWELL_S,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["state"].get("is_head"):
            scope = {**scope, "method": "HEAD"}  # headers, and no stream
        try:
            await super().__call__(scope, receive, send)
        except SendTimeoutError:
            logger.warning("event_stream_stalled")
