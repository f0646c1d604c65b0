"""Two servers, one database, one Redis: one of equal requests runs, one limit holds."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from uuid import UUID

import httpx
import pytest
from sqlalchemy import Engine, text

from app.core.settings import Settings
from tests.conftest import RATE_LIMITS, SECRET
from tests.support import rows
from tests.support.idempotency import REPLAYED, kept, post, start
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.player import Player, add_user, sheet
from tests.support.problems import assert_problem
from tests.support.processes import wait_until
from tests.support.redis_server import RedisServer, require_redis_server
from tests.support.working import Running, running_server

pytestmark = pytest.mark.slow
LIMIT = 25


class Servers:
    """Two servers, what they share, and how they were told."""

    def __init__(self, running: list[Running], settings: Settings, redis: RedisServer) -> None:
        self.running = running
        self.settings = settings
        self.redis = redis


@pytest.fixture(scope="module")
def servers(
    database_dsn: str, running_sim: OpenRouterSim, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Servers]:
    require_redis_server()
    with ExitStack() as stack:
        redis = stack.enter_context(RedisServer(tmp_path_factory.mktemp("redis")))
        values: dict[str, object] = {
            **dict.fromkeys(RATE_LIMITS, "1000000/hour"),
            "app_env": "local",
            "database_url": database_dsn,
            "db_pool_timeout_s": 30,
            "redis_url": redis.url,
            "jwt_secret": SECRET,
            "openrouter_api_key": "sim-key",
            "openrouter_base_url": running_sim.base_url,
            "openrouter_model": "sim/model",
            "rate_limit_session_progress": f"{LIMIT}/hour",
        }
        settings = Settings(_env_file=None, **values)  # type: ignore[arg-type]
        folders = [tmp_path_factory.mktemp("server") for _ in range(2)]
        running = [stack.enter_context(running_server(settings, folder)) for folder in folders]
        for server in running:
            server.wait_ready()
        yield Servers(running, settings, redis)


@pytest.fixture
async def players(servers: Servers, engine: Engine) -> AsyncIterator[list[Player]]:
    """One fresh user's app on both servers."""
    user_id = add_user(engine)
    limits = httpx.Limits(max_connections=100)
    clients = [
        httpx.AsyncClient(base_url=server.base_url, limits=limits, timeout=60)
        for server in servers.running
    ]
    yield [Player(client, servers.settings, user_id) for client in clients]
    for client in clients:
        await client.aclose()


class TestEqualRequests:
    @pytest.mark.parametrize("count", [1, 2])
    async def test_a_hundred_at_once(
        self, players: list[Player], engine: Engine, count: int
    ) -> None:
        used = players[:count]
        found = await asyncio.gather(*(start(used[n % count], "k") for n in range(100)))
        ran = [r for r in found if r.status_code == 200 and REPLAYED not in r.headers]
        assert len(ran) == 1
        for response in found:
            if response.status_code == 409:
                assert_problem(response, 409, "idempotency_in_progress")
            else:
                assert response.content == ran[0].content
        user_id = players[0].user_id
        assert rows.counts_of(engine, user_id)[rows.SESSIONS] == 1
        again = await asyncio.gather(*(start(player, "k") for player in players))
        assert {response.content for response in again} == {ran[0].content}


class TestLimits:
    async def test_two_processes_count_together_and_without_redis_each(
        self, players: list[Player], servers: Servers
    ) -> None:
        found = await self.statuses(players)
        assert found == {404: LIMIT, 429: 4 * LIMIT - LIMIT}
        servers.redis.kill()
        try:
            assert await self.statuses(players) == {404: 2 * LIMIT, 429: 4 * LIMIT - 2 * LIMIT}
        finally:
            servers.redis.start()

    async def statuses(self, players: list[Player]) -> Counter[int]:
        """Of four times the limit, all at once."""
        calls = (players[n % 2].get("/sessions/abc") for n in range(4 * LIMIT))
        return Counter(response.status_code for response in await asyncio.gather(*calls))


class TestKilled:
    async def test_another_takes_over(
        self, players: list[Player], servers: Servers, engine: Engine
    ) -> None:
        """The last test of this module: it takes the first server down."""
        one, other = players
        body = sheet((await start(one, "start")).json(), I=5, C=4)
        with locked_sessions(engine, one.user_id):
            lost = asyncio.create_task(post(one, "/riasec/submit", body, "k"))
            assert await asyncio.to_thread(wait_until, lambda: rows.somebody_waits(engine))
            servers.running[0].kill()
            with pytest.raises(httpx.HTTPError):
                await lost
        refused = await post(other, "/riasec/submit", body, "k")
        assert_problem(refused, 409, "idempotency_in_progress")
        lapse = "UPDATE idempotency_keys SET claimed_until = now() WHERE user_id = :user"
        rows.execute(engine, lapse, user=one.user_id)
        taken_over = await post(other, "/riasec/submit", body, "k")
        assert (taken_over.status_code, REPLAYED in taken_over.headers) == (200, False)
        again = await post(other, "/riasec/submit", body, "k")
        assert (again.content, again.headers[REPLAYED]) == (taken_over.content, "true")
        assert [row.status for row in kept(engine, one.user_id)] == [200, 200]


@contextmanager
def locked_sessions(engine: Engine, user_id: UUID) -> Iterator[None]:
    """What a handler of this user waits for, in the middle of its transaction."""
    with engine.begin() as connection:
        statement = f"SELECT id FROM {rows.SESSIONS} WHERE user_id = :user FOR UPDATE"
        connection.execute(text(statement), {"user": user_id})
        yield
