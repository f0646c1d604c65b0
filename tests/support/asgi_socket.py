"""A WebSocket client of an application in this process, at the level of ASGI."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from starlette.types import Message

WAIT_S = 10.0


class AsgiSocket:
    """`sent` by the application: frames as dicts, the end as its close code."""

    def __init__(self, room: int) -> None:
        self.to_app: asyncio.Queue[Message] = asyncio.Queue()
        self.from_app: asyncio.Queue[Message] = asyncio.Queue(room)

    async def say(self, frame: object) -> None:
        """A text as it stands, bytes as a binary frame, anything else as JSON."""
        if isinstance(frame, bytes):
            await self.to_app.put({"type": "websocket.receive", "bytes": frame})
        else:
            said = frame if isinstance(frame, str) else json.dumps(frame)
            await self.to_app.put({"type": "websocket.receive", "text": said})

    async def leave(self, code: int = 1000) -> None:
        await self.to_app.put({"type": "websocket.disconnect", "code": code})

    async def next(self) -> Any:
        """The next frame, "accept", or the close code."""
        message = await asyncio.wait_for(self.from_app.get(), WAIT_S)
        match message["type"]:
            case "websocket.accept":
                return "accept"
            case "websocket.close":
                return message["code"]
        return json.loads(message["text"])

    async def rest(self) -> list[Any]:
        """All that comes until the application closes."""
        heard = [await self.next()]
        while not isinstance(heard[-1], int):
            heard.append(await self.next())
        return heard


@asynccontextmanager
async def asgi_socket(
    app: FastAPI, path: str, headers: Mapping[str, str] | None = None, *, room: int = 0
) -> AsyncIterator[AsgiSocket]:
    """A connection that the application has ended by itself when the block is left.

    `room`: how many messages of the application wait before it does (0: any number).
    """
    socket = AsgiSocket(room)
    scope = {
        "type": "websocket",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "scheme": "ws",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [
            (name.lower().encode(), value.encode()) for name, value in (headers or {}).items()
        ],
        "client": ("127.0.0.1", 1),
        "server": ("test", 80),
        "subprotocols": [],
        "state": {},
    }
    await socket.to_app.put({"type": "websocket.connect"})
    task = asyncio.create_task(app(scope, socket.to_app.get, socket.from_app.put))
    try:
        yield socket
        await asyncio.wait_for(task, WAIT_S)
    finally:
        task.cancel()
