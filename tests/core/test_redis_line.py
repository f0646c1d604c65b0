"""A line that all share: everybody gets the answer to their own command, or none."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from redis.asyncio import Connection
from redis.exceptions import ResponseError

from app.core.redis_line import Line, Lines
from tests.support.redis_server import RedisServer

pytestmark = pytest.mark.slow

SOON_S = 5.0


@pytest.fixture
async def line(redis_server: RedisServer) -> AsyncIterator[Line]:
    found = Lines(redis_server.url).new()
    yield found
    await found.close()


async def echo(line: Line, word: str) -> str:
    return bytes(await line.ask("ECHO", word)).decode()


async def test_many_at_once_each_their_own(line: Line) -> None:
    words = [f"kata {number}" for number in range(500)]
    assert await asyncio.gather(*(echo(line, word) for word in words)) == words


async def test_who_leaves_takes_nobodys_answer_along(line: Line) -> None:
    words = [f"kata {number}" for number in range(30)]
    asked = [asyncio.ensure_future(echo(line, word)) for word in words]
    await asyncio.sleep(0)
    for leaving in asked[::3]:
        leaving.cancel()
    found = await asyncio.gather(*asked, return_exceptions=True)
    for number, (word, answer) in enumerate(zip(words, found, strict=True)):
        assert answer == word if number % 3 else isinstance(answer, asyncio.CancelledError)


async def test_a_refusal_is_one_commands(line: Line, redis_server: RedisServer) -> None:
    redis_server.command("RPUSH", "list", "x")
    commands = (("ECHO", "satu"), ("GET", "list"), ("ECHO", "dua"))
    found = await asyncio.gather(*(line.ask(*each) for each in commands), return_exceptions=True)
    assert found[0::2] == [b"satu", b"dua"]
    assert isinstance(found[1], ResponseError)
    assert await echo(line, "tiga") == "tiga"


async def test_a_late_answer_is_nobodys(line: Line, redis_server: RedisServer) -> None:
    """All who wait are given up with the first, and the line with them."""
    assert await echo(line, "satu") == "satu"
    redis_server.freeze()
    first = asyncio.ensure_future(echo(line, "dua"))
    await asyncio.sleep(0.1)
    second = asyncio.ensure_future(echo(line, "tiga"))
    with pytest.raises(TimeoutError):
        await first
    redis_server.thaw()
    with pytest.raises(TimeoutError):
        await second
    with pytest.raises(ConnectionError):
        await echo(line, "empat")


async def test_a_client_that_ignores_its_cancellation(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    over = asyncio.Event()

    async def deaf(*_: object, **__: object) -> None:
        with suppress(asyncio.CancelledError):
            await over.wait()
        await over.wait()

    monkeypatch.setattr(Connection, "send_packed_command", deaf)
    asked, _ = await asyncio.wait([asyncio.ensure_future(line.ask("GET", "a"))], timeout=SOON_S)
    assert [type(each.exception()) for each in asked] == [TimeoutError]
    over.set()
