"""Streams end with the process, and what they had sent is noted."""

import asyncio
import time
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path

import pytest

from app.chat.notifications import stages
from app.core.settings import Settings
from tests.chat.notifications.conftest import MakePerson, frame_of
from tests.support.server_process import server_process

DEVICES = 100  # of each kind
BOUND_S = 10.0


@pytest.mark.slow
async def test_two_hundred_open_streams(
    server_settings: Settings, make_person: MakePerson, tmp_path: Path
) -> None:
    settings = server_settings.model_copy(update={"notification_streams_per_user": DEVICES})
    reader, talker = (make_person() for _ in range(2))
    with ExitStack() as running:
        server = running.enter_context(server_process(settings, tmp_path))
        async with AsyncExitStack() as devices:
            events = [
                await devices.enter_async_context(reader.follow(server)) for _ in range(DEVICES)
            ]
            sockets = [
                await devices.enter_async_context(talker.converse(server)) for _ in range(DEVICES)
            ]
            for person in (reader, talker):
                person.tell(stages.interim("c-1", "m-1"))
            heard = await asyncio.gather(
                *(stream.next() for stream in events), *(frame_of(socket) for socket in sockets)
            )
            assert None not in heard
            started = time.monotonic()
            await asyncio.to_thread(running.close)
            elapsed = time.monotonic() - started
            for socket in sockets:
                await socket.wait_closed()
            assert {socket.close_code for socket in sockets} == {1012}
            ends = [await stream.next() for stream in events]
            assert {(end.name, end.data["reason"]) for end in ends if end} == {("end", "restart")}
            assert [await stream.next() for stream in events] == [None] * DEVICES
    assert elapsed < BOUND_S
    assert reader.delivered() == talker.delivered() == [True]
    assert "unhandled_error" not in (tmp_path / "server.log").read_text()
