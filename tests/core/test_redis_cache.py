"""The cache in Redis: the same promises as in the process, shared by all processes."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from app.core.cache import Cache, MemoryCache, RedisCache, make_cache
from app.core.redis import RedisLink
from tests.support.redis_server import RedisServer, require_redis_server

pytestmark = pytest.mark.slow


@pytest.fixture
async def link(redis_server: RedisServer) -> AsyncIterator[RedisLink]:
    found = RedisLink(redis_server.url)
    yield found
    await found.aclose()


@pytest.fixture
def cache(link: RedisLink) -> Cache:
    return make_cache(link)


class TestRedisCache:
    async def test_absent(self, cache: Cache) -> None:
        assert await cache.get("a") is None

    @pytest.mark.parametrize("value", ["", "satu", "ç — 🙂", "a\nb\x00c", "x" * 1_000_000])
    async def test_set_and_get(self, cache: Cache, value: str) -> None:
        await cache.set("a", value, 60)
        assert await cache.get("a") == value

    async def test_several_at_once(self, cache: Cache, redis_server: RedisServer) -> None:
        await cache.set("a", "satu", 60)
        await cache.set("c", "tiga", 60)
        redis_server.command("RPUSH", "list", "x")
        redis_server.command("SETBIT", "bytes", "0", "1")
        keys = ["c", "b", "list", "bytes", "a"]
        assert await cache.get_many(keys) == ["tiga", None, None, None, "satu"]

    async def test_overwritten_with_its_own_time(
        self, cache: Cache, redis_server: RedisServer
    ) -> None:
        await cache.set("a", "satu", 7200)
        await cache.set("a", "dua", 30)
        assert await cache.get("a") == "dua"
        assert 29_000 < int(redis_server.command("PTTL", "a")[1:]) <= 30_000

    async def test_the_key_is_the_one_that_is_asked_for(
        self, cache: Cache, redis_server: RedisServer
    ) -> None:
        await cache.set("ikigai_content:abc", "isi", 7200)
        assert redis_server.command("GET", "ikigai_content:abc") == b"$3\r\nisi\r\n"

    async def test_deleted(self, cache: Cache) -> None:
        await cache.set("a", "satu", 60)
        await cache.delete("a")
        await cache.delete("never there")
        assert await cache.get("a") is None

    async def test_shared_by_processes(self, cache: Cache, redis_server: RedisServer) -> None:
        other_process = RedisLink(redis_server.url)
        await cache.set("a", "satu", 60)
        assert await RedisCache(other_process).get("a") == "satu"
        await other_process.aclose()

    async def test_a_value_that_is_no_text(self, cache: Cache, redis_server: RedisServer) -> None:
        redis_server.command("SETRANGE", "a", "3", "x")
        redis_server.command("SETBIT", "a", "0", "1")
        assert await cache.get("a") is None
        await cache.set("a", "satu", 60)
        assert await cache.get("a") == "satu"

    async def test_a_value_of_another_type(self, cache: Cache, redis_server: RedisServer) -> None:
        redis_server.command("RPUSH", "a", "x")
        assert await cache.get("a") is None


class TestLaggingEventLoop:
    async def test_is_no_outage(self, cache: Cache, link: RedisLink) -> None:
        """Answers that come in time are not taken for late ones because we are late ourselves."""
        await cache.set("a", "satu", 60)

        async def lag() -> None:
            while True:
                time.sleep(0.08)  # noqa: ASYNC251 - the event loop is to stand still
                await asyncio.sleep(0)

        lagging = asyncio.create_task(lag())
        found = await asyncio.gather(*(cache.get("a") for _ in range(60)))
        lagging.cancel()
        assert found == ["satu"] * 60
        assert link.is_open


class TestPassword:
    async def test_in_the_url(self, tmp_path_factory: pytest.TempPathFactory) -> None:
        require_redis_server()
        options = ("--requirepass", "p@ss/wörd:1")
        with RedisServer(tmp_path_factory.mktemp("redis"), *options) as server:
            link = RedisLink(server.url.replace("//", "//:p%40ss%2Fw%C3%B6rd%3A1@"))
            cache = RedisCache(link)
            await cache.set("a", "satu", 60)
            assert await cache.get("a") == "satu"
            await link.aclose()


class TestWithoutRedis:
    def test_the_process_remembers(self) -> None:
        assert isinstance(make_cache(None), MemoryCache)
