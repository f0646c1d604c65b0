"""Silence on an event stream: a comment now and then, so that no proxy takes it for dead."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sse_starlette import ServerSentEvent

from app.core import event_stream
from app.core.event_stream import EventStream

SCOPE: dict[str, Any] = {"type": "http", "method": "GET", "state": {}}


async def silence() -> AsyncIterator[ServerSentEvent]:
    await asyncio.Event().wait()
    yield ServerSentEvent("never")


async def first_of(stream: EventStream, count: int) -> list[bytes]:
    """So many parts of the body; then the client leaves."""
    parts: asyncio.Queue[bytes] = asyncio.Queue()
    leaves = asyncio.Event()

    async def receive() -> dict[str, Any]:
        await leaves.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if body := message.get("body"):
            parts.put_nowait(body)

    async with asyncio.timeout(5):
        answering = asyncio.create_task(stream(SCOPE, receive, send))
        found = [await parts.get() for _ in range(count)]
        leaves.set()
        await answering
    return found


async def test_a_comment_in_every_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_stream, "PING_S", 0.02)
    assert await first_of(EventStream(silence()), 3) == [b": ping\n\n"] * 3


def test_as_often_as_the_contract_says() -> None:
    assert event_stream.PING_S == EventStream(silence()).ping_interval == 15
