"""A Redis that is absent, hangs, is full or comes back: nobody waits for it twice."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine
from structlog.testing import capture_logs

from app.core.cache import RedisCache
from app.core.redis import RedisLink, RedisUnavailable
from app.main import create_app
from tests.conftest import MakeClient, MakeSettings
from tests.support.player import Player, add_user
from tests.support.ports import own_port
from tests.support.redis_server import RedisServer

pytestmark = pytest.mark.slow

ALLOWED_S = 0.25  # 3-architecture.md, "Cache"
NOTHING_S = 0.15  # less than one operation that waits for Redis, 0.2 s
PROBE_S = 0.02

MakeLink = Callable[[str], RedisLink]


@pytest.fixture
def events() -> Iterator[list[Any]]:
    with capture_logs() as lines:
        yield lines


@pytest.fixture
async def make_link() -> AsyncIterator[MakeLink]:
    made: list[RedisLink] = []

    def make(url: str) -> RedisLink:
        made.append(RedisLink(url, probe_interval_s=PROBE_S))
        return made[-1]

    yield make
    for link in made:
        await link.aclose()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - another process brings it about
            await asyncio.sleep(PROBE_S)


async def seconds(work: Awaitable[object]) -> float:
    started = time.perf_counter()
    await work
    return time.perf_counter() - started


def names(events: list[Any]) -> list[str]:
    return [line["event"] for line in events if line["event"].startswith("redis")]


class TestOutage:
    async def test_absent(self, make_link: MakeLink, events: list[Any]) -> None:
        link = make_link(f"redis://127.0.0.1:{own_port()}/0")
        cache = RedisCache(link)
        for _ in range(100):
            await cache.set("a", "satu", 60)
            assert await cache.get("a") is None
            assert await cache.get_many(["a", "b"]) == [None, None]
            await cache.delete("a")
        await until(lambda: "redis_unavailable" in names(events))
        assert not link.is_open
        assert not await link.answers()
        assert names(events) == ["redis_unavailable"]

    async def test_hung(
        self, redis_server: RedisServer, make_link: MakeLink, events: list[Any]
    ) -> None:
        link = make_link(redis_server.url)
        cache = RedisCache(link)
        await cache.set("a", "satu", 60)
        redis_server.freeze()
        assert await seconds(cache.get("a")) <= ALLOWED_S
        assert await seconds(_many(cache, 100)) <= NOTHING_S
        await until(lambda: "redis_unavailable" in names(events))
        assert await seconds(_many(cache, 100)) <= NOTHING_S
        redis_server.thaw()
        await until(lambda: link.is_open)
        assert await cache.get("a") == "satu"
        assert names(events) == ["redis_unavailable", "redis_available"]

    async def test_hung_under_many_at_once(
        self, redis_server: RedisServer, make_link: MakeLink
    ) -> None:
        cache = RedisCache(make_link(redis_server.url))
        await cache.set("a", "satu", 60)
        redis_server.freeze()
        found = await asyncio.gather(*(seconds(cache.get("a")) for _ in range(100)))
        assert max(found) <= ALLOWED_S + 0.1  # a hundred of them share the event loop
        redis_server.thaw()

    async def test_restarted_between_two_operations(
        self, redis_server: RedisServer, make_link: MakeLink, events: list[Any]
    ) -> None:
        link = make_link(redis_server.url)
        cache = RedisCache(link)
        await cache.set("a", "satu", 60)
        restart(redis_server)
        assert await seconds(cache.get("a")) <= NOTHING_S
        await until(lambda: link.is_open)
        await cache.set("a", "dua", 60)
        assert await cache.get("a") == "dua"
        assert "redis_unavailable" not in names(events)

    async def test_gone_and_back(
        self, redis_server: RedisServer, make_link: MakeLink, events: list[Any]
    ) -> None:
        link = make_link(redis_server.url)
        cache = RedisCache(link)
        await cache.set("a", "satu", 60)
        for _ in range(2):
            redis_server.kill()
            assert await seconds(cache.get("a")) <= ALLOWED_S
            await until(lambda: bool(names(events)) and names(events)[-1] == "redis_unavailable")
            redis_server.start()
            await until(lambda: link.is_open)
        await cache.set("a", "dua", 60)
        assert await cache.get("a") == "dua"
        assert names(events) == ["redis_unavailable", "redis_available"] * 2

    async def test_full(
        self, redis_server: RedisServer, make_link: MakeLink, events: list[Any]
    ) -> None:
        link = make_link(redis_server.url)
        cache = RedisCache(link)
        redis_server.command("CONFIG", "SET", "maxmemory", "1")
        await cache.set("a", "satu", 60)
        await until(lambda: "redis_unavailable" in names(events))
        redis_server.command("CONFIG", "SET", "maxmemory", "0")
        await until(lambda: link.is_open)
        await cache.set("a", "satu", 60)
        assert await cache.get("a") == "satu"

    async def test_a_wrong_password_is_not_told(
        self, redis_server: RedisServer, make_link: MakeLink, events: list[Any]
    ) -> None:
        redis_server.command("CONFIG", "SET", "requirepass", "right")
        cache = RedisCache(make_link(redis_server.url.replace("//", "//:wr0ng-p4ss@")))
        assert await cache.get("a") is None
        await until(lambda: "redis_unavailable" in names(events))
        assert "wr0ng-p4ss" not in str(events)

    async def test_every_failure_is_told_to_the_hook(self) -> None:
        failures: list[None] = []
        link = RedisLink(
            f"redis://127.0.0.1:{own_port()}/0", on_failure=lambda: failures.append(None)
        )
        for _ in range(3):
            with pytest.raises(RedisUnavailable):
                await link.run("GET", "a")
        await link.aclose()
        assert len(failures) == 3

    async def test_no_outage_when_the_first_probe_succeeds(
        self, redis_server: RedisServer, make_link: MakeLink, events: list[Any]
    ) -> None:
        link = make_link(redis_server.url)
        redis_server.command("RPUSH", "a", "x")
        assert await RedisCache(link).get("a") is None
        await until(lambda: link.is_open)
        assert names(events) == ["redis_hiccup"]


async def _many(cache: RedisCache, count: int) -> None:
    for _ in range(count):
        await cache.get("a")


class Spent:
    """Seconds that each operation of an application waited for Redis."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seconds: list[float] = []
        original = RedisLink.run

        async def timed(link: RedisLink, *command: Any) -> Any:
            started = time.perf_counter()
            try:
                return await original(link, *command)
            finally:
                self.seconds.append(time.perf_counter() - started)

        monkeypatch.setattr(RedisLink, "run", timed)


Breaking = Callable[[RedisServer], None]


def restart(server: RedisServer) -> None:
    server.kill()
    server.start()


class TestJourney:
    @pytest.mark.parametrize(
        ("outage", "heal"),
        [
            (RedisServer.kill, RedisServer.start),
            (RedisServer.freeze, RedisServer.thaw),
            (restart, lambda _: None),
        ],
        ids=["refused", "hung", "restarted"],
    )
    async def test_finding_03_redis_down_never_breaks_a_request(
        self,
        outage: Breaking,
        heal: Breaking,
        redis_server: RedisServer,
        make_settings: MakeSettings,
        make_client: MakeClient,
        monkeypatch: pytest.MonkeyPatch,
        engine: Engine,
    ) -> None:
        settings = make_settings(redis_url=redis_server.url)
        app = create_app(settings)
        player = Player(await make_client(app), settings, add_user(engine))
        token = await player.reach_ikigai()
        await player.ok_get(f"/ikigai/content/{token}")

        outage(redis_server)
        spent = Spent(monkeypatch)
        await player.ok_get(f"/ikigai/content/{token}")
        await player.answer_all(token)
        await player.ok_get(f"/ikigai/result/{token}")
        await player.ok_get(f"/result/recommendation/{token}")
        assert spent.seconds
        assert sum(spent.seconds) <= ALLOWED_S

        heal(redis_server)
        link = app.state.health.redis
        await until(lambda: link.is_open)
        another = await player.reach_ikigai()
        content = await player.ok_get(f"/ikigai/content/{another}")
        assert content["from_cache"]

    async def test_finding_03_absent_from_the_start(
        self,
        make_settings: MakeSettings,
        make_client: MakeClient,
        monkeypatch: pytest.MonkeyPatch,
        engine: Engine,
    ) -> None:
        settings = make_settings(redis_url=f"redis://127.0.0.1:{own_port()}/0")
        player = Player(await make_client(create_app(settings)), settings, add_user(engine))
        spent = Spent(monkeypatch)
        token = await player.reach_ikigai()
        await player.answer_all(token)
        result = await player.ok_get(f"/result/recommendation/{token}")
        assert len(result["recommended_professions"]) == 2
        assert sum(spent.seconds) <= ALLOWED_S


class TestHealth:
    async def test_degraded_while_redis_is_away(
        self, redis_server: RedisServer, make_settings: MakeSettings, make_client: MakeClient
    ) -> None:
        client = await make_client(create_app(make_settings(redis_url=redis_server.url)))
        assert await _health(client) == (200, "healthy", "healthy")
        redis_server.freeze()
        assert await seconds(_health(client)) <= ALLOWED_S + 0.25  # the database is asked, too
        assert await _health(client) == (200, "degraded", "degraded")
        redis_server.thaw()

    async def test_healthy_without_a_configured_redis(self, client: httpx.AsyncClient) -> None:
        assert await _health(client) == (200, "healthy", "healthy")


async def _health(client: httpx.AsyncClient) -> tuple[int, str, str]:
    response = await client.get("/health")
    body = response.json()
    return response.status_code, body["status"], body["dependencies"]["redis"]["status"]
