"""A response of events: silence, clients that leave or take nothing, a process that ends."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

import pytest

from app.core import event_stream
from app.core.event_stream import EventStream, end_with_process, event_of

WAIT_S = 10.0


class Client:
    """The other side of a response; takes nothing more from the moment on that `takes` is clear."""

    def __init__(self) -> None:
        self.scope: dict[str, Any] = {"type": "http", "method": "GET", "state": {}}
        self.takes = asyncio.Event()
        self.takes.set()
        self.leaves = asyncio.Event()
        self.head: dict[bytes, bytes] = {}
        self.bodies: asyncio.Queue[bytes] = asyncio.Queue()
        self.is_complete = False

    async def receive(self) -> dict[str, Any]:
        await self.leaves.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        await self.takes.wait()
        if message["type"] == "http.response.start":
            self.head = dict(message["headers"])
            return
        self.is_complete = not message.get("more_body", False)
        if message["body"]:
            self.bodies.put_nowait(message["body"])

    async def hear(self, stream: EventStream) -> None:
        async with asyncio.timeout(WAIT_S):
            await stream(self.scope, self.receive, self.send)


class Source:
    """Says one thing and falls silent, until it is asked for the last one."""

    def __init__(self) -> None:
        self.is_over = asyncio.Event()
        self.is_closed = False

    async def events(self) -> AsyncGenerator[bytes, None]:
        try:
            yield event_of("first", "{}", "1.2")
            await self.is_over.wait()
            yield event_of("last", "{}")
        finally:
            self.is_closed = True


async def silence() -> AsyncGenerator[bytes, None]:
    await asyncio.Event().wait()
    yield b""


async def while_heard(
    client: Client, stream: EventStream, act: Callable[[], Awaitable[object]]
) -> None:
    async with asyncio.timeout(WAIT_S):
        hearing = asyncio.create_task(client.hear(stream))
        await act()
        await hearing


def test_an_event_as_it_is_sent() -> None:
    assert event_of("end", '{"reason": "expired"}', "41") == (
        b'id: 41\nevent: end\ndata: {"reason": "expired"}\n\n'
    )


async def test_events_then_the_end() -> None:
    client, source = Client(), Source()
    source.is_over.set()
    await client.hear(EventStream(source.events()))
    assert client.head[b"content-type"].startswith(b"text/event-stream")
    assert client.head[b"x-accel-buffering"] == b"no"
    assert [client.bodies.get_nowait() for _ in range(2)] == [
        b"id: 1.2\nevent: first\ndata: {}\n\n",
        b"event: last\ndata: {}\n\n",
    ]
    assert client.is_complete
    assert client.bodies.empty()


async def test_the_failure_of_a_source_is_told() -> None:
    async def failing() -> AsyncGenerator[bytes, None]:
        yield b""
        raise LookupError

    with pytest.raises(LookupError):
        await Client().hear(EventStream(failing()))


class TestSilence:
    async def test_a_comment_now_and_then(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(event_stream, "PING_S", 0.02)
        client = Client()

        async def three_pings() -> None:
            assert [await client.bodies.get() for _ in range(3)] == [b": ping\n\n"] * 3
            client.leaves.set()

        await while_heard(client, EventStream(silence()), three_pings)

    def test_as_often_as_the_contract_says(self) -> None:
        assert event_stream.PING_S == 15


class TestClients:
    async def test_who_leaves_stops_the_source(self) -> None:
        client, source = Client(), Source()

        async def leave() -> None:
            await client.bodies.get()
            client.leaves.set()

        await while_heard(client, EventStream(source.events()), leave)
        assert source.is_closed
        assert not client.is_complete

    async def test_who_takes_nothing_is_cut_off(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(event_stream, "SEND_TIMEOUT_S", 0.05)
        client, source = Client(), Source()

        async def stall() -> None:
            await client.bodies.get()
            client.takes.clear()
            source.is_over.set()

        await while_heard(client, EventStream(source.events()), stall)
        assert source.is_closed

    async def test_who_takes_no_ping_either(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(event_stream, "PING_S", 0.02)
        monkeypatch.setattr(event_stream, "SEND_TIMEOUT_S", 0.05)
        client, source = Client(), Source()

        async def stall() -> None:
            await client.bodies.get()
            client.takes.clear()

        await while_heard(client, EventStream(source.events()), stall)
        assert source.is_closed


class TestProcessEnds:
    async def test_a_stream_is_cut_off(self) -> None:
        client, source = Client(), Source()

        async def end() -> None:
            await client.bodies.get()
            end_with_process(client.scope)

        await while_heard(client, EventStream(source.events()), end)
        assert source.is_closed
        assert not client.is_complete

    async def test_or_says_its_last_word(self) -> None:
        client, source = Client(), Source()

        async def end() -> None:
            await client.bodies.get()
            end_with_process(client.scope)

        await while_heard(client, EventStream(source.events(), source.is_over.set), end)
        assert client.bodies.get_nowait() == b"event: last\ndata: {}\n\n"
        assert client.is_complete

    async def test_which_must_not_take_long(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(event_stream, "FAREWELL_S", 0.05)
        client, source = Client(), Source()

        async def end() -> None:
            await client.bodies.get()
            end_with_process(client.scope)

        await while_heard(client, EventStream(source.events(), lambda: None), end)
        assert source.is_closed

    async def test_before_the_stream_began(self) -> None:
        client = Client()
        end_with_process(client.scope)
        await client.hear(EventStream(silence()))
        assert not client.is_complete
