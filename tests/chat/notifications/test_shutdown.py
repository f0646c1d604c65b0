"""Streams end with the process, and what they had sent is noted."""

import asyncio
import time
from contextlib import AsyncExitStack, ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from app.chat.notifications import stages
from app.chat.notifications.hub import Hub
from app.chat.notifications.stream import Kind, Viewer
from app.core.clock import utc_now
from app.core.database import Database
from app.core.settings import Settings
from tests.chat.notifications.conftest import MakePerson, Person, frame_of
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


async def test_a_note_that_is_broken_off_is_made_once_more(
    server_settings: Settings, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process ends while it writes down what was sent."""
    person.tell(stages.interim("c-1", "m-1"))
    ((sent, _, _),) = person.stored()
    dsn = server_settings.database_dsn()
    assert dsn is not None
    with closing(Database(server_settings, dsn)) as database:
        transact, begun = database.transact, asyncio.Event()

        async def hang_once(*arguments: Any) -> Any:
            if begun.is_set():
                return await transact(*arguments)
            begun.set()
            return await asyncio.Event().wait()

        monkeypatch.setattr(database, "transact", hang_once)
        async with Hub(database, dsn, utc_now, 1) as hub:
            with hub.attached(Viewer(person.user_id), Kind.SSE) as stream:
                hub.note_sent(stream, sent)
                await asyncio.wait_for(begun.wait(), 5)
        assert person.delivered() == [True]
