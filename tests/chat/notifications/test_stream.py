"""The line of one open stream."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

from app.chat.notifications.repository import Stored
from app.chat.notifications.stream import MAX_WAITING, End, Gap, Kind, Stream

USER = UUID(int=1)


def stored(number: int) -> Stored:
    return Stored(number, "interim", {}, datetime(2026, 11, 20, tzinfo=UTC), None)


def stream() -> Stream:
    return Stream(USER, Kind.SSE)


async def test_in_order_and_each_once() -> None:
    line = stream()
    line.offer([stored(2), stored(1)])
    line.offer([stored(1), stored(3)])
    assert [await line.next() for _ in range(3)] == [stored(2), stored(1), stored(3)]


async def test_what_was_replayed_does_not_come_again() -> None:
    line = stream()
    assert line.take(1)
    line.offer([stored(1), stored(2)])
    assert await line.next() == stored(2)
    assert not line.take(2)


async def test_what_is_read_from_the_table_does_not_wait_any_longer() -> None:
    """Else 2 and 4, which nobody offered, would be sent before 3."""
    line = stream()
    line.offer([stored(3), stored(5)])
    assert [line.take(number) for number in (2, 3, 4)] == [True] * 3
    line.offer([stored(4), stored(6)])
    assert [await line.next() for _ in range(2)] == [stored(5), stored(6)]


async def test_waits_for_the_next() -> None:
    line = stream()
    waiting = asyncio.create_task(line.next())
    await asyncio.sleep(0)
    assert not waiting.done()
    line.offer([stored(1)])
    assert await waiting == stored(1)


async def test_as_many_as_may_wait() -> None:
    line = stream()
    line.offer(stored(n) for n in range(MAX_WAITING))
    assert line.end is None
    assert await line.next() == stored(0)


async def test_one_too_many_ends_it() -> None:
    """Nothing of the line is sent: the client comes back with what it saw last."""
    line = stream()
    line.offer(stored(n) for n in range(MAX_WAITING + 1))
    assert line.end is End.SLOW
    assert await line.next() is None


async def test_a_gap_comes_before_what_waits() -> None:
    """And the longest of them once."""
    line = stream()
    line.offer([stored(1)])
    for seconds in (60, 90, 70):
        line.miss(Gap(timedelta(seconds=seconds)))
    assert await line.next() == Gap(timedelta(seconds=90))
    assert await line.next() == stored(1)


async def test_the_first_reason_counts() -> None:
    line = stream()
    waiting = asyncio.create_task(line.next())
    await asyncio.sleep(0)
    line.close(End.REPLACED)
    line.close(End.EXPIRED)
    assert await waiting is None
    assert line.end is End.REPLACED
    line.offer([stored(1)])
    assert await line.next() is None
