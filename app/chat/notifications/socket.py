"""The notifications of one person over a WebSocket, for clients that cannot read an event stream.

The first frame says who is there (or, behind the gateway, that somebody is: the headers of the
handshake say who). The service closes with 4000 plus the status that a route would answer.
"""

import asyncio
from typing import Final, TypeVar

import structlog
from pydantic import TypeAdapter, ValidationError
from starlette.websockets import WebSocket, WebSocketDisconnect

from app.chat.notifications.schemas import (
    Acknowledge,
    Authenticate,
    Authenticated,
    ErrorFrame,
    NotificationFrame,
    item_of,
)
from app.chat.notifications.service import NotificationService
from app.chat.notifications.stream import End, Kind, Stream, Viewer
from app.core.errors import DomainError, NotAuthenticated
from app.core.fields import Output
from app.core.guard import Guard
from app.core.rate_limits import Limit
from app.core.security import SocketLogin

logger = structlog.get_logger()
Frame = TypeVar("Frame")

AUTHENTICATE_WITHIN_S = 5.0
SEND_TIMEOUT_S = 10.0  # a client that takes nothing for so long is gone, or as good as gone
MAX_FRAME_CHARS = 16_384  # a token of the longest kind, and what stands around it
FORBIDDEN: Final = 4403
TRY_AGAIN_LATER: Final = 1013
CODES: Final = {
    End.SLOW: TRY_AGAIN_LATER,
    End.UNAVAILABLE: TRY_AGAIN_LATER,
    End.REPLACED: 4409,
    End.RESTART: 1012,
    End.EXPIRED: 4401,
}
FIRST: Final = TypeAdapter(Authenticate)
LATER: Final = TypeAdapter(Acknowledge)


class UnreadableFrame(DomainError):
    status = 400
    code = "unreadable_frame"
    detail = "Pesan dari aplikasimu tidak terbaca. Muat ulang halamannya, ya."


class NotificationSocket:
    """One connection, from the handshake to its end."""

    def __init__(self, websocket: WebSocket, service: NotificationService) -> None:
        self._websocket = websocket
        self._service = service
        self._hub = service.hub

    async def serve(self) -> None:
        if not _is_welcome(self._websocket):
            await self._websocket.close(FORBIDDEN)  # the handshake is answered 403
            return
        await self._websocket.accept()
        try:
            viewer, hello = await self._authenticate()
            await self._converse(viewer, hello)
        except WebSocketDisconnect:
            pass
        except DomainError as error:
            await self._send(ErrorFrame(type="error", code=error.code, detail=error.detail))
            code = TRY_AGAIN_LATER if error.status >= 500 else 4000 + error.status
            await self._websocket.close(code, error.code)

    async def _authenticate(self) -> tuple[Viewer, Authenticate]:
        """Raises NotAuthenticated also for a client that does not say who it is in time."""
        try:
            async with asyncio.timeout(AUTHENTICATE_WITHIN_S):
                hello = await self._receive(FIRST)
        except TimeoutError:
            raise NotAuthenticated from None
        state = self._websocket.app.state
        login: SocketLogin = state.socket_login
        principal = login(self._websocket, hello.token)
        self._websocket.scope["state"]["user_id"] = str(principal.user_id)  # for the log
        guard: Guard = state.guard
        await guard.count(Limit.NOTIFICATION_STREAM, principal)
        return await self._service.admit(principal), hello

    async def _converse(self, viewer: Viewer, hello: Authenticate) -> None:
        """Both directions, until one of them ends."""
        with self._hub.attached(viewer, Kind.WEBSOCKET) as stream:
            await self._send(Authenticated(type="authenticated"))
            both = [
                asyncio.create_task(self._listen(stream, hello)),
                asyncio.create_task(self._tell(stream, hello)),
            ]
            try:
                done, _ = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in both:
                    task.cancel()
                await asyncio.wait(both)
            for task in done:
                task.result()

    async def _listen(self, stream: Stream, hello: Authenticate) -> None:
        """Acknowledgements; of what this stream never sent there is nothing to acknowledge."""
        while True:
            frame = await self._receive(LATER)
            if hello.acknowledges and stream.has_had(frame.id):
                self._hub.note_sent(stream, frame.id)

    async def _tell(self, stream: Stream, hello: Authenticate) -> None:
        async for item in self._hub.items(stream, hello.last_event_id):
            await self._send(NotificationFrame(type="notification", data=item_of(item)))
            if not hello.acknowledges:
                self._hub.note_sent(stream, item.id)
        if stream.end is not None:
            await self._websocket.close(CODES[stream.end], stream.end)

    async def _receive(self, kind: TypeAdapter[Frame]) -> Frame:
        """The next frame; raises UnreadableFrame unless it is of this kind."""
        message = await self._websocket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message["code"])
        text = message.get("text")
        if text is None or len(text) > MAX_FRAME_CHARS:
            raise UnreadableFrame
        try:
            return kind.validate_json(text)
        except ValidationError:
            raise UnreadableFrame from None

    async def _send(self, frame: Output) -> None:
        try:
            async with asyncio.timeout(SEND_TIMEOUT_S):
                await self._websocket.send_text(frame.model_dump_json(by_alias=True))
        except TimeoutError:
            logger.warning("notification_socket_stalled")
            raise WebSocketDisconnect(TRY_AGAIN_LATER) from None


def _is_welcome(websocket: WebSocket) -> bool:
    """A browser says which page is asking; only the pages that CORS lets in may."""
    origin = websocket.headers.get("origin")
    allowed: tuple[str, ...] = websocket.app.state.cors_origins
    return origin is None or "*" in allowed or origin in allowed
