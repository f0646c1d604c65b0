"""Long work behind the cache: made once, kept, and never waited for too long."""

import asyncio

import pytest
from pydantic import BaseModel

from app.core.cache import MemoryCache
from app.core.cached_work import CachedWork, Made
from app.core.latch import Latch


class Note(BaseModel):
    text: str
    found: bool = False


class Work:
    """Counts its runs and ends when it is let go."""

    def __init__(self, ttl_s: float | None = 60.0) -> None:
        self.runs = 0
        self.gate = asyncio.Event()
        self._ttl_s = ttl_s

    async def __call__(self) -> Made[Note]:
        self.runs += 1
        await self.gate.wait()
        return Made(Note(text=f"run {self.runs}"), self._ttl_s)


def as_found(note: Note) -> Note:
    return note if note.found else note.model_copy(update={"found": True})


def cached(cache: MemoryCache, wait_s: float = 5.0) -> CachedWork[Note]:
    return CachedWork(cache, Note, wait_s, as_found)


class TestCachedWork:
    async def test_twenty_callers_share_one_making(self) -> None:
        notes, work = cached(MemoryCache()), Work()
        calls = [asyncio.ensure_future(notes.make("a", work)) for _ in range(20)]
        work.gate.set()
        assert set(map(str, await asyncio.gather(*calls))) == {"text='run 1' found=False"}
        assert work.runs == 1

    async def test_what_was_kept_is_found(self) -> None:
        notes, work = cached(MemoryCache()), Work()
        work.gate.set()
        assert await notes.find("a") is None
        await notes.make("a", work)
        assert await notes.find("a") == Note(text="run 1", found=True)

    @pytest.mark.parametrize(
        ("kept", "told"),
        [
            ('{"text":"a","found":true}', '{"text":"a","found":true}'),
            ('{"text":"a","found":false}', '{"text":"a","found":true}'),
            ('{"text":1}', None),
            ("{", None),
        ],
    )
    async def test_a_text_is_checked_before_it_is_passed_on(
        self, kept: str, told: str | None
    ) -> None:
        cache = MemoryCache()
        await cache.set("a", kept, 60.0)
        assert await cached(cache).find_text("a") == told

    async def test_nothing_is_kept_without_a_time_to_live(self) -> None:
        notes, work = cached(MemoryCache()), Work(ttl_s=None)
        work.gate.set()
        assert await notes.make("a", work) == Note(text="run 1")
        assert await notes.find("a") is None

    async def test_an_impatient_caller_gets_none_and_the_next_call_has_it(self) -> None:
        notes, work = cached(MemoryCache(), wait_s=0.01), Work()
        assert await notes.make("a", work) is None
        work.gate.set()
        await notes.drain(1.0)
        assert await notes.find("a") == Note(text="run 1", found=True)
        assert work.runs == 1

    async def test_a_caller_who_leaves_does_not_stop_it(self) -> None:
        notes, work = cached(MemoryCache()), Work()
        caller = asyncio.ensure_future(notes.make("a", work))
        await asyncio.sleep(0)
        caller.cancel()
        work.gate.set()
        await notes.drain(1.0)
        assert await notes.find("a") is not None

    async def test_a_late_caller_takes_what_was_kept_meanwhile(self) -> None:
        notes, work = cached(MemoryCache()), Work()
        work.gate.set()
        await notes.make("a", work)
        assert await notes.make("a", work) == Note(text="run 1", found=True)
        assert work.runs == 1

    @pytest.mark.parametrize("value", ["", "{", "null", '{"text": 1}'])
    async def test_a_value_that_does_not_parse_is_a_miss_and_overwritten(self, value: str) -> None:
        cache, work = MemoryCache(), Work()
        notes = cached(cache)
        work.gate.set()
        await cache.set("a", value, 60)
        assert await notes.find("a") is None
        await notes.make("a", work)
        assert await notes.find("a") == Note(text="run 1", found=True)


class TestLatch:
    def test_lets_go_by_itself(self) -> None:
        now = [100.0]
        latch = Latch(30.0, lambda: now[0])
        latch.hold("a")
        assert latch.is_held("a")
        assert latch.is_held("b", "a")
        assert not latch.is_held("b")
        now[0] = 129.9
        assert latch.is_held("a")
        now[0] = 130.0
        assert not latch.is_held("a")

    def test_is_bounded(self) -> None:
        latch = Latch(30.0)
        for number in range(2500):
            latch.hold(str(number))
        assert len(latch._until) <= 1000
        assert latch.is_held("2499")
