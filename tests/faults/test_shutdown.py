"""SIGTERM under load: every accepted request gets its whole answer, and the process ends well."""

import asyncio
import socket
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine

from app.core.settings import Settings
from tests.support.finalized import three_answered
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.player import DIMENSIONS, Player, add_user, body_of
from tests.support.processes import wait_until
from tests.support.scrape import Scrape
from tests.support.sim_gate import Gate
from tests.support.working import Running, running_server

AT_ONCE = 50
IDLE = 20
SCORING = "ikigai_scoring"
MANY = httpx.Limits(max_connections=None, max_keepalive_connections=None)


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
async def test_no_request_is_cut(
    idle: Settings, own_engine: Engine, sim: OpenRouterSim, tmp_path: Path, workers: int
) -> None:
    gate = Gate()
    with running_server(idle, tmp_path, workers=workers) as server:
        server.wait_ready()
        async with (
            httpx.AsyncClient(base_url=server.base_url, timeout=30, limits=MANY) as client,
            httpx.AsyncClient(base_url=server.base_url, timeout=30, limits=MANY) as other,
        ):
            player = Player(client, idle, add_user(own_engine))
            token = await three_answered(player)
            await asyncio.gather(*(other.get("/health/live") for _ in range(IDLE)))
            sim.always(SCORING, gate.behaviour)
            asked = [
                asyncio.ensure_future(player.answer(token, DIMENSIONS[3])) for _ in range(AT_ONCE)
            ]
            await until_in_flight(other, AT_ONCE)
            server.process.terminate()
            assert await asyncio.to_thread(wait_until, lambda: refuses(server), 5)
            assert not any(task.done() for task in asked)
            gate.open()
            bodies = [body_of(answer) for answer in await asyncio.gather(*asked)]
        assert bodies[0]["status"] == "completed"
        assert all(body == bodies[0] for body in bodies)
        assert await asyncio.to_thread(server.process.wait, 15) == 0


async def until_in_flight(client: httpx.AsyncClient, count: int) -> None:
    """All workers together; the scrape itself is one, too."""
    async with asyncio.timeout(10):
        while True:
            scrape = Scrape((await client.get("/metrics")).text)
            if scrape.value("http_requests_in_flight") > count:
                return
            await asyncio.sleep(0.05)


def refuses(server: Running) -> bool:
    """Whoever comes now is told at once, and tries another machine."""
    host, port = server.base_url.removeprefix("http://").split(":")
    try:
        socket.create_connection((host, int(port)), timeout=1).close()
    except ConnectionRefusedError:
        return True
    return False
