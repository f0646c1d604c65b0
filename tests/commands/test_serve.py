"""`python -m app serve`: several workers, and an end in good order."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine

from app.core.settings import Settings
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.player import DIMENSIONS, Player, add_user, body_of
from tests.support.ports import own_port
from tests.support.processes import is_running, wait_until, workers_of
from tests.support.server_process import STOP_S, environment

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc"),
]
START_S = 30.0


@contextmanager
def serving(
    settings: Settings, folder: Path, *options: str
) -> "Iterator[tuple[subprocess.Popen[str], str]]":
    """The server and its base URL; killed at the end if it still runs."""
    port = own_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "app", "serve", "--port", str(port), *options],
        cwd=folder,
        env=environment(settings) | {"APP_ENV": "local"},
        stdout=subprocess.PIPE,
        text=True,
    )
    base_url = f"http://127.0.0.1:{port}"
    try:
        assert wait_until(lambda: process.poll() is not None or lives(base_url), START_S)
        yield process, base_url
    finally:
        process.kill()
        process.communicate()


def lives(base_url: str) -> bool:
    try:
        return httpx.get(f"{base_url}/health/live", timeout=START_S).status_code == 200
    except httpx.TransportError:
        return False


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    yield
    os.kill(pid, signal.SIGCONT)


class TestWorkers:
    def test_both_answer_and_none_outlives_the_server(
        self, settings: Settings, tmp_path: Path
    ) -> None:
        with serving(settings, tmp_path, "--workers", "2") as (server, base_url):
            first, second = workers_of(server.pid)
            for other in (first, second):
                with stopped(other):
                    assert lives(base_url)
            server.kill()
            assert wait_until(lambda: not is_running(first) and not is_running(second))
            assert not lives(base_url)

    def test_end_in_good_order(self, settings: Settings, tmp_path: Path) -> None:
        with serving(settings, tmp_path, "--workers", "2") as (server, _):
            workers = workers_of(server.pid)
            server.terminate()
            assert server.wait(STOP_S) == 0
            assert len(workers) == 2
            assert not any(map(is_running, workers))


class TestSigterm:
    async def test_request_in_flight_is_answered(
        self, settings: Settings, tmp_path: Path, sim: OpenRouterSim, engine: Engine
    ) -> None:
        with serving(settings, tmp_path) as (server, base_url):
            async with httpx.AsyncClient(base_url=base_url, timeout=30) as client:
                player = Player(client, settings, add_user(engine))
                token = await player.reach_ikigai()
                for dimension in DIMENSIONS[:3]:
                    body_of(await player.answer(token, dimension))
                sim.latency = 1.0
                calls = sim.count()
                fourth = asyncio.create_task(player.answer(token, DIMENSIONS[3]))
                assert await asyncio.to_thread(sim.wait_calls, calls + 1, 10)
                server.terminate()
                assert body_of(await fourth)["status"] == "completed"
            assert await asyncio.to_thread(server.wait, STOP_S) == 0
