"""Sessions share the narratives of their professions: each is written once for all of them."""

import asyncio
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from app.core.cache import MemoryCache
from app.main import create_app
from app.services import Services
from tests.conftest import MakeClient, MakeSettings
from tests.support.narratives import CONTENT, times_asked
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.player import Player, add_user
from tests.support.redis_server import RedisServer

JOURNEYS = 60
AT_ONCE = 16
# Five codes whose options overlap.
SHEETS = (
    {"I": 5, "C": 4},
    {"I": 5, "R": 5},
    {"I": 5, "C": 5, "E": 5},
    {"C": 5, "E": 4},
    {"R": 5, "C": 5, "I": 4},
)

Body = dict[str, Any]


def options(body: Body) -> list[Body]:
    found: list[Body] = body["candidates_with_content"]
    return found


async def start_ikigai(player: Player, **sheet: int) -> Body:
    started = await player.start()
    await player.submit_riasec(started, **sheet)
    return await player.ok_post("/ikigai/start", {"session_token": started["session_token"]})


@pytest.mark.slow
class TestSixtyJourneysOnTwoProcesses:
    async def test_every_profession_is_written_once(
        self,
        make_settings: MakeSettings,
        make_client: MakeClient,
        redis_server: RedisServer,
        engine: Engine,
        sim: OpenRouterSim,
    ) -> None:
        settings = make_settings(redis_url=redis_server.url)
        clients = [await make_client(create_app(settings)) for _ in range(2)]
        slots = asyncio.Semaphore(AT_ONCE)
        sim.latency = 0.05

        async def play(number: int) -> Body:
            player = Player(clients[number % 2], settings, add_user(engine))
            async with slots:
                return await start_ikigai(player, **SHEETS[number % len(SHEETS)])

        bodies = await asyncio.gather(*(play(number) for number in range(JOURNEYS)))
        shown = {option["profession_id"] for body in bodies for option in options(body)}
        asked = times_asked(sim)
        assert len(shown) > 5  # else nothing overlaps only in part
        assert asked.keys() == shown
        assert set(asked.values()) == {1}
        sources = {option["content_source"] for body in bodies for option in options(body)}
        assert sources == {"model"}
        assert {body["from_cache"] for body in bodies} == {False}


@pytest.mark.slow
class TestRedisGone:
    async def test_what_this_process_has_seen_is_not_asked_for_again(
        self,
        make_settings: MakeSettings,
        make_client: MakeClient,
        redis_server: RedisServer,
        engine: Engine,
        sim: OpenRouterSim,
    ) -> None:
        settings = make_settings(redis_url=redis_server.url)
        client = await make_client(create_app(settings))
        first = await start_ikigai(Player(client, settings, add_user(engine)), I=5, C=4)
        redis_server.kill()
        second = await start_ikigai(Player(client, settings, add_user(engine)), I=5, C=4)
        assert options(second) == options(first)
        assert sim.count(CONTENT) == 1


class TestImpatientClient:
    """CLIENT_WAIT_S is 0.2 s, the model takes 0.6 s."""

    @pytest.fixture
    def cache(self, monkeypatch: pytest.MonkeyPatch) -> MemoryCache:
        found = MemoryCache()
        monkeypatch.setattr("app.main.make_cache", lambda _redis: found)
        return found

    @pytest.fixture
    def app(self, cache: MemoryCache, make_settings: MakeSettings) -> FastAPI:
        return create_app(make_settings(client_wait_s=0.2))

    async def test_gets_what_others_had_written_and_the_rest_by_rule(
        self, app: FastAPI, player: Player, engine: Engine, sim: OpenRouterSim
    ) -> None:
        services: Services = app.state.services
        other = Player(player.client, player.settings, add_user(engine))
        there = {option["profession_id"] for option in options(await start_ikigai(other, I=5, C=4))}
        sim.reset()
        sim.latency = 0.6
        body = await start_ikigai(player, I=5, C=5, E=5)
        shown = {option["profession_id"]: option["content_source"] for option in options(body)}
        assert shown == {pid: "model" if pid in there else "fallback" for pid in shown}
        assert set(shown.values()) == {"model", "fallback"}
        await services.ikigai_content.drain(10.0)
        again = await player.ok_get(f"/ikigai/content/{body['session_token']}")
        assert {option["content_source"] for option in options(again)} == {"model"}
        assert times_asked(sim) == dict.fromkeys(shown.keys() - there, 1)
        assert sim.count(CONTENT) == 1
