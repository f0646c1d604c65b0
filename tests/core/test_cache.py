"""The in-process cache: values until their time is over, never more than its bound."""

import pytest

from app.core.cache import MemoryCache, NearCache, make_near_cache


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The clock of caches made in this test, in seconds; change its only element."""
    clock = [1000.0]
    monkeypatch.setattr("app.core.cache.time.monotonic", lambda: clock[0])
    return clock


class TestMemoryCache:
    async def test_absent(self) -> None:
        assert await MemoryCache().get("a") is None

    async def test_set_and_get(self) -> None:
        cache = MemoryCache()
        await cache.set("a", "satu", 60)
        await cache.set("b", "", 60)
        assert [await cache.get("a"), await cache.get("b")] == ["satu", ""]

    async def test_overwritten(self) -> None:
        cache = MemoryCache()
        await cache.set("a", "satu", 60)
        await cache.set("a", "dua", 60)
        assert await cache.get("a") == "dua"

    async def test_deleted(self) -> None:
        cache = MemoryCache()
        await cache.set("a", "satu", 60)
        await cache.delete("a")
        await cache.delete("a")
        assert await cache.get("a") is None

    async def test_expired(self, now: list[float]) -> None:
        cache = MemoryCache()
        await cache.set("short", "30 s", 30)
        await cache.set("long", "2 h", 7200)
        now[0] += 29.9
        assert await cache.get("short") == "30 s"
        now[0] += 0.2
        assert await cache.get("short") is None
        assert await cache.get("long") == "2 h"
        now[0] += 7200
        assert await cache.get("long") is None

    async def test_a_new_value_has_its_own_time(self, now: list[float]) -> None:
        cache = MemoryCache()
        await cache.set("a", "cadangan", 30)
        now[0] += 20
        await cache.set("a", "model", 7200)
        now[0] += 100
        assert await cache.get("a") == "model"

    async def test_bounded(self) -> None:
        cache = MemoryCache(max_entries=10)
        for number in range(100):
            await cache.set(str(number), "x", 60)
        kept = [n for n in range(100) if await cache.get(str(n)) is not None]
        assert len(kept) == 10
        assert kept[-1] == 99

    async def test_bounded_by_what_the_values_take(self) -> None:
        cache = MemoryCache(max_entries=10)
        for number in range(5):
            await cache.set(str(number), "x" * 4096, 60)
        kept = [n for n in range(5) if await cache.get(str(n)) is not None]
        assert kept == [3, 4]

    async def test_larger_than_all_that_is_kept(self) -> None:
        cache = MemoryCache(max_entries=10)
        await cache.set("a", "x", 60)
        await cache.set("b", "x" * 20_000, 60)
        assert [await cache.get("a"), await cache.get("b")] == ["x", None]

    async def test_used_entries_stay(self) -> None:
        cache = MemoryCache(max_entries=2)
        await cache.set("a", "x", 60)
        await cache.set("b", "x", 60)
        assert await cache.get("a") == "x"
        await cache.set("c", "x", 60)
        assert [await cache.get("a"), await cache.get("b")] == ["x", None]


class TestGetMany:
    async def test_in_the_order_of_the_keys(self) -> None:
        cache = MemoryCache()
        await cache.set("a", "satu", 60)
        await cache.set("c", "tiga", 60)
        assert await cache.get_many(["c", "b", "a"]) == ["tiga", None, "satu"]
        assert await cache.get_many([]) == []


class TestNearCache:
    async def test_gives_what_it_has_seen_while_the_other_is_away(self) -> None:
        far = MemoryCache()
        near = NearCache(far)
        await far.set("a", "satu", 60)
        await near.set("b", "dua", 60)
        assert await near.get_many(["a", "b", "c"]) == ["satu", "dua", None]
        await far.delete("a")
        await far.delete("b")
        assert await near.get_many(["a", "b", "c"]) == ["satu", "dua", None]
        assert await NearCache(far).get("a") is None

    async def test_asks_only_for_what_it_has_not_seen(self) -> None:
        far = MemoryCache()
        near = NearCache(far)
        assert await near.get("a") is None
        await far.set("a", "satu", 60)
        assert await near.get("a") == "satu"  # an absence is not remembered

    async def test_writes_and_deletes_both(self) -> None:
        far = MemoryCache()
        near = NearCache(far)
        await near.set("a", "satu", 60)
        await near.set("a", "dua", 60)
        assert (await far.get("a"), await near.get("a")) == ("dua", "dua")
        await near.delete("a")
        assert (await far.get("a"), await near.get("a")) == (None, None)

    async def test_forgets_after_ten_minutes(self, now: list[float]) -> None:
        far = MemoryCache()
        near = NearCache(far)
        await near.set("a", "satu", 86_400)
        await far.set("a", "dua", 86_400)
        now[0] += 599
        assert await near.get("a") == "satu"
        now[0] += 2
        assert await near.get("a") == "dua"

    def test_only_in_front_of_redis(self) -> None:
        far = MemoryCache()
        assert make_near_cache(far, None) is far
