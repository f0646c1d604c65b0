"""Open answers end with the process, and what was said of them is kept."""

import asyncio
import time
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine, text

from app.core.settings import Settings
from tests.chat.turns.conftest import Talker
from tests.support.event_reader import EventReader
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.player import add_user
from tests.support.server_process import server_process
from tests.support.sim_chat import chunk, events

STREAMS = 200
BOUND_S = 10.0
FIRST_WORDS_S = 30.0
SAID = "Kamu teliti, "


@pytest.mark.slow
async def test_two_hundred_open_streams(
    live_settings: Settings, sim: OpenRouterSim, engine: Engine, tmp_path: Path
) -> None:
    sim.always("chat", events("stalls", chunk(SAID), end="hang"))
    with ExitStack() as running:
        server = running.enter_context(server_process(live_settings, tmp_path))
        talker = Talker(server, live_settings, add_user(engine), engine)
        talk = await talker.create()
        doors = asyncio.Semaphore(10)
        async with AsyncExitStack() as people:

            async def listen() -> EventReader:
                async with doors:  # they stay; they only do not all come in the same moment
                    reader = await people.enter_async_context(talker.say(talk))
                while (event := await reader.next(FIRST_WORDS_S)) and event.name == "interim":
                    pass
                assert event is not None
                assert event.data["text"] == SAID
                return reader

            readers = await asyncio.gather(*(listen() for _ in range(STREAMS)))
            started = time.monotonic()
            await asyncio.to_thread(running.close)
            elapsed = time.monotonic() - started
            for reader in readers:  # cut off as by a network; the client comes back with its id
                with pytest.raises(httpx.RemoteProtocolError):
                    await reader.next()
    assert elapsed < BOUND_S
    with engine.connect() as connection:
        kept = connection.execute(
            text(
                "SELECT count(*) AS answers, count(u.id) AS used,"
                " bool_and(m.content = :said AND (m.metadata->>'is_partial')::boolean) AS alike"
                " FROM chat.messages m LEFT JOIN chat.usage_tracking u ON u.message_id = m.id"
                " WHERE m.user_id = :user AND m.sender_type = 'assistant'"
            ),
            {"said": SAID, "user": talker.user_id},
        ).one()
    assert tuple(kept) == (STREAMS, STREAMS, True)
    assert "unhandled_error" not in (tmp_path / "server.log").read_text()
