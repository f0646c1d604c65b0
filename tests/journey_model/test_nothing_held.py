"""Nothing is held while the model is awaited: 50 finalizes at once through a pool of two."""

import asyncio
import http.client
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from app.core.settings import Settings
from app.main import create_app
from tests.conftest import MakeSettings
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.player import DIMENSIONS, Player, add_user, body_of
from tests.support.processes import wait_until
from tests.support.sim_faults import Behaviour, good
from tests.support.sim_http import Exchange
from tests.support.threaded_server import ThreadedServer

AT_ONCE = 50
LATENCY_S = 0.5


@pytest.fixture
def small_pool(make_settings: MakeSettings) -> Settings:
    return make_settings(db_pool_size=2, db_threads=2, db_pool_timeout_s=2)


async def three_answers(player: Player) -> str:
    """The token of a session that lacks its fourth answer."""
    token = await player.reach_ikigai(I=5, C=5, E=5)
    for dimension in DIMENSIONS[:3]:
        body_of(await player.answer(token, dimension))
    return token


async def prepare(
    client: httpx.AsyncClient, settings: Settings, engine: Engine, count: int
) -> list[tuple[Player, str]]:
    players = [Player(client, settings, add_user(engine)) for _ in range(count)]
    ready: list[tuple[Player, str]] = []
    for at in range(0, count, 10):
        batch = players[at : at + 10]
        tokens = await asyncio.gather(*(three_answers(player) for player in batch))
        ready += zip(batch, tokens, strict=True)
    return ready


class Liveness:
    """Asks /health/live over one connection, again and again, from a thread of its own."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._stop = threading.Event()
        self.seconds: list[float] = []

    def _poll(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
        while not self._stop.wait(0.01):
            started = time.perf_counter()
            connection.request("GET", "/health/live")
            connection.getresponse().read()
            self.seconds.append(time.perf_counter() - started)
        connection.close()

    @contextmanager
    def watched(self) -> Iterator[None]:
        thread = threading.Thread(target=self._poll, name="liveness")
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join(10)


async def finish(ready: Sequence[tuple[Player, str]]) -> list[httpx.Response]:
    return await asyncio.gather(
        *(player.answer(token, DIMENSIONS[3]) for player, token in ready)
    )


async def test_measure(
    small_pool: Settings, sim: OpenRouterSim, engine: Engine
) -> None:
    app = create_app(small_pool)
    with ThreadedServer(app) as server:
        limits = httpx.Limits(max_connections=100)
        async with httpx.AsyncClient(base_url=server.base_url, timeout=60, limits=limits) as client:
            t = time.perf_counter()
            ready = await prepare(client, small_pool, engine, AT_ONCE)
            print("setup", time.perf_counter() - t)
            sim.latency = LATENCY_S
            live = Liveness(server.port)
            with live.watched():
                t = time.perf_counter()
                cpu = time.process_time()
                responses = await finish(ready)
                print("wall", time.perf_counter() - t, "cpu", time.process_time() - cpu, "maxinflight", sim.max_in_flight)
            print("live max", max(live.seconds), sorted(live.seconds)[-5:], len(live.seconds))
            print({r.status_code for r in responses}, {r.json()["status"] for r in responses})
