"""What one worker answers, all have counted: two real workers behind one port."""

import asyncio
import os
import signal
from pathlib import Path

import httpx
import pytest

from tests.conftest import MakeSettings
from tests.support.processes import is_running, processes_naming, wait_until, workers_of
from tests.support.scrape import Scrape
from tests.support.server_process import server_process

pytestmark = pytest.mark.slow

WORKERS = 2
STARTUP_S = 20.0
CONNECTIONS = 8
REQUESTS_EACH = 25
TOTAL = CONNECTIONS * REQUESTS_EACH
KNOWN = "/api/v1/career-profile/ikigai/dimensions"
COUNT = "http_request_duration_seconds_count"


async def scrape(base_url: str) -> Scrape:
    async with httpx.AsyncClient(base_url=base_url) as client:
        return Scrape((await client.get("/metrics")).text)


async def ask(base_url: str, path: str) -> None:
    """Several requests over a connection of their own."""
    async with httpx.AsyncClient(base_url=base_url) as client:
        for _ in range(REQUESTS_EACH):
            await client.get(path)


async def ask_over_many_connections(base_url: str, path: str) -> None:
    await asyncio.gather(*(ask(base_url, path) for _ in range(CONNECTIONS)))


async def settled(base_url: str, expected: float, **labels: str) -> Scrape:
    """A scrape after the last answer's bookkeeping, which comes after its last byte."""
    found = await scrape(base_url)
    for _ in range(100):
        if found.value(COUNT, **labels) >= expected:
            break
        found = await scrape(base_url)
    return found


def metrics_folder_of(worker: int) -> Path:
    lines = Path(f"/proc/{worker}/environ").read_bytes().decode().split("\0")
    return Path(dict(line.split("=", 1) for line in lines if line)["PROMETHEUS_MULTIPROC_DIR"])


def kill(worker: int) -> None:
    os.kill(worker, signal.SIGKILL)
    assert wait_until(lambda: not is_running(worker))


async def assert_sums_are_exact(base_url: str) -> None:
    await ask_over_many_connections(base_url, KNOWN)
    found = await settled(base_url, TOTAL, route=KNOWN)
    assert found.value(COUNT, route=KNOWN, status_code="200") == TOTAL
    assert found.value(COUNT, route=KNOWN) == TOTAL
    assert found.value("http_request_duration_seconds_bucket", route=KNOWN, le="+Inf") == TOTAL
    assert found.value("http_requests_in_flight") == 1


async def assert_a_killed_workers_sums_stay(base_url: str, worker: int, folder: Path) -> None:
    kill(worker)
    await ask_over_many_connections(base_url, "/tidak/ada")
    found = await settled(base_url, TOTAL, route="unmatched")
    assert found.value(COUNT, route=KNOWN) == TOTAL
    assert found.value(COUNT, route="unmatched", status_code="404") == TOTAL
    assert found.value("http_requests_in_flight") == 1
    assert not (folder / f"gauge_livesum_{worker}.db").exists()


async def test_two_workers_count_together(make_settings: MakeSettings, tmp_path: Path) -> None:
    """One server, because starting it is what takes time."""
    with server_process(make_settings(), tmp_path, workers=WORKERS) as base_url:
        (server,) = processes_naming(f"--port {httpx.URL(base_url).port} ")
        workers = workers_of(server)
        folder = metrics_folder_of(workers[0])
        files = [folder / f"gauge_livesum_{pid}.db" for pid in workers]
        assert len(workers) == WORKERS
        assert wait_until(lambda: all(file.exists() for file in files), STARTUP_S)
        assert folder.stat().st_mode & 0o077 == 0  # nobody else may write our figures
        await assert_sums_are_exact(base_url)
        await assert_a_killed_workers_sums_stay(base_url, workers[0], folder)
    assert not folder.exists()


# What alerts count the first event of, and a label that tells its series apart.
RARE: tuple[tuple[str, dict[str, str]], ...] = (
    ("broker_events_received_total", {"result": "given_up"}),
    ("broker_events_received_total", {"result": "unreadable"}),
    ("broker_events_published_total", {"result": "postponed"}),
    ("ikigai_finalize_duration_seconds_count", {"outcome": "failed"}),
    ("chat_answers_total", {"outcome": "unavailable"}),
    ("chat_answers_total", {"outcome": "whole"}),
    ("jobs_total", {"task": "expire_sessions", "outcome": "failed"}),
    ("jobs_total", {"task": "finalize_session", "outcome": "failed"}),
    ("redis_failures_total", {}),
)


@pytest.mark.parametrize("workers", [1, WORKERS])
async def test_rare_events_are_counted_from_zero(
    make_settings: MakeSettings, tmp_path: Path, workers: int
) -> None:
    """A series that is born with its first event has, to Prometheus, never increased."""
    settings = make_settings(worker_in_serve=True)
    with server_process(settings, tmp_path, workers=workers, forked=False) as base_url:
        found = await scrape(base_url)
    for name, labels in RARE:
        assert found.find(name, **labels) == [0.0], (name, labels)
