"""People who play whole journeys through the application, for benchmarks."""

import asyncio
import random
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import Engine

from app.core.settings import AppEnv, Settings
from app.main import create_app
from tests.support.player import Player, add_user, letter_of
from tests.support.redis_server import RedisServer

SEED = 20_261_120
LEANINGS = (1.3, 2.0, 2.6, 3.2, 4.0, 4.7)
Body = dict[str, Any]
Journey = Callable[[Player, random.Random], Awaitable[None]]


def settings_of(dsn: str, model_url: str, redis: str | None) -> Settings:
    limits = [name for name in Settings.model_fields if name.startswith("rate_limit_")]
    values: dict[str, Any] = {
        "app_env": AppEnv.LOCAL,
        "database_url": dsn,
        "db_pool_timeout_s": 30.0,
        "redis_url": redis,
        "jwt_secret": "b9f1c0d2e3a4958677665544332211ff",
        "openrouter_api_key": "sim-key",
        "openrouter_base_url": model_url,
        "openrouter_model": "sim/model",
        "log_level": "ERROR",
        **dict.fromkeys(limits, "1000000/hour"),
    }
    return Settings(_env_file=None, **values)


@contextmanager
def redis_url() -> Iterator[str | None]:
    if shutil.which("redis-server") is None:
        yield None
        return
    with tempfile.TemporaryDirectory() as folder, RedisServer(Path(folder)) as server:
        yield server.url


def answer_sheet(started: Body, rng: random.Random) -> Body:
    """One person's answers: some letters liked more than others, and scatter around that."""
    leaning = dict(zip("RIASEC", rng.sample(LEANINGS, 6), strict=True))

    def value(question_id: int) -> int:
        return min(5, max(1, round(rng.gauss(leaning[letter_of(question_id)], 0.7))))

    return {
        "session_token": started["session_token"],
        "responses": [
            {"question_id": qid, "answer_value": value(qid)} for qid in started["question_ids"]
        ],
    }


@asynccontextmanager
async def clients(settings: Settings, count: int) -> AsyncIterator[list[httpx.AsyncClient]]:
    """Clients of so many instances of the application."""
    async with AsyncExitStack() as stack:
        found = []
        for _ in range(count):
            app = create_app(settings)
            await stack.enter_async_context(app.router.lifespan_context(app))
            transport = httpx.ASGITransport(app=app)
            client = httpx.AsyncClient(transport=transport, base_url="http://bench", timeout=120)
            found.append(await stack.enter_async_context(client))
        yield found


async def play_all(
    settings: Settings,
    engine: Engine,
    journey: Journey,
    *,
    instances: int,
    journeys: int,
    at_once: int,
) -> None:
    """So many journeys of as many new users, who alternate between the instances."""
    slots = asyncio.Semaphore(at_once)
    users = [add_user(engine) for _ in range(journeys)]
    async with clients(settings, instances) as found:

        async def one(number: int) -> None:
            async with slots:
                player = Player(found[number % instances], settings, users[number])
                await journey(player, random.Random(SEED + number))

        await asyncio.gather(*(one(number) for number in range(journeys)))
