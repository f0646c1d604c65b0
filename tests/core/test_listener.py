"""LISTEN on a real PostgreSQL: what is heard, and what is caught up with."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import psycopg
import pytest
from structlog.testing import capture_logs

from app.core import listener
from app.core.errors import Overloaded
from app.core.listener import Listener, libpq_url
from tests.support.processes import wait_until

CHANNEL = f"test_listener_{os.getpid()}"


@dataclass
class Ear:
    """A running listener, what it heard, and how deaf it says it was."""

    heard: list[str] = field(default_factory=list)
    deaf: list[float] = field(default_factory=list)

    async def until(self, condition: Callable[[], bool]) -> None:
        assert await asyncio.to_thread(wait_until, condition)


@asynccontextmanager
async def listening(
    dsn: str, speak: Callable[[str], Awaitable[None]], beat_interval_s: float = 0.05
) -> AsyncIterator[Ear]:
    ear = Ear()
    own = Listener(
        dsn,
        CHANNEL,
        hear=ear.heard.append,
        catch_up=ear.deaf.append,
        speak=speak,
        beat_interval_s=beat_interval_s,
    )
    task = asyncio.create_task(own.run())
    try:
        yield ear
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def say(dsn: str, said: str) -> None:
    with psycopg.connect(libpq_url(dsn), autocommit=True) as connection:
        connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, said))


def speaking(dsn: str) -> Callable[[str], Awaitable[None]]:
    async def speak(said: str) -> None:
        await asyncio.to_thread(say, dsn, said)

    return speak


async def test_hears_all_but_beats(server_dsn: str) -> None:
    async with listening(server_dsn, speaking(server_dsn)) as ear:
        await ear.until(lambda: bool(ear.deaf))
        for number in range(20):
            say(server_dsn, str(number))
        await ear.until(lambda: len(ear.heard) >= 20)
    assert ear.heard == [str(number) for number in range(20)]
    assert ear.deaf == [0.0]


async def test_killed_connection(server_dsn: str) -> None:
    with capture_logs() as log:
        async with listening(server_dsn, speaking(server_dsn)) as ear:
            await ear.until(lambda: bool(ear.deaf))
            kill(server_dsn)
            await ear.until(lambda: len(ear.deaf) == 2)
            say(server_dsn, "lagi")
            await ear.until(lambda: ear.heard == ["lagi"])
            await ear.until(lambda: any(line["event"] == "listener_back" for line in log))
    assert ear.deaf[1] > 0
    assert [line["event"] for line in log] == ["listener_lost", "listener_back"]


async def test_connection_that_tells_nothing(
    server_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As behind a pooler in transaction mode: LISTEN is taken, and that is all."""
    monkeypatch.setattr(listener, "BEAT_ANSWER_S", 0.05)

    async def speak(_: str) -> None:
        """Into a wall."""

    with capture_logs() as log:
        async with listening(server_dsn, speak) as ear:
            await ear.until(lambda: len(ear.deaf) >= 3)
    assert 0 < ear.deaf[1] < ear.deaf[2]
    lost = [line for line in log if line["event"] == "listener_lost"]
    assert [line["reason"] for line in lost] == ["Deaf"]


async def test_pool_without_room_says_nothing_about_the_connection(
    server_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "BEAT_ANSWER_S", 0.0)
    tried = []

    async def speak(said: str) -> None:
        tried.append(said)
        raise Overloaded

    async with listening(server_dsn, speak, beat_interval_s=0.01) as ear:
        await ear.until(lambda: len(tried) > 3)
    assert len(ear.deaf) == 1


async def test_database_that_is_not_there_yet(server_dsn: str) -> None:
    absent = libpq_url(server_dsn).replace("/tests", "/belum_ada")
    assert absent != libpq_url(server_dsn)
    with capture_logs() as log:
        async with listening(absent, speaking(server_dsn)) as ear:
            await ear.until(lambda: bool(log))
    assert [line["event"] for line in log] == ["listener_lost"]
    assert ear.deaf == []


def kill(dsn: str) -> None:
    with psycopg.connect(libpq_url(dsn), autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND query LIKE %s",
            (f'LISTEN "{CHANNEL}"%',),
        )
