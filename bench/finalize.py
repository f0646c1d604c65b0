"""The fourth answers of many people at once, on one process with a pool of five.

Wall time and the lag come from a server with everything on, its jobs included (a completed run
opens its conversation at once), while /health/live is asked fifty times a second. CPU comes from a
second one beside it, which is not asked and does no jobs: what finalizing itself takes.
"""

import asyncio
import json
import statistics
import time
from contextlib import closing, suppress
from functools import partial
from typing import Any

import psycopg2

from app.core.settings import Settings
from bench.http_load import Sent, http_request, send_all
from bench.machine import CpuMeter
from bench.sessions import LONG_TEXT, add_users, bearer, copies, play
from bench.stage import Server, Stage, service, simulated_model
from tests.support.player import API, DIMENSIONS, TEXT, answer
from tests.support.processes import wait_until

LATENCY_S = 1.0
# People at once, the length of their texts, and the longest time for all of them.
CASES = (
    (1, "short", 2 * LATENCY_S + 0.06),
    (50, "short", 2.3 * LATENCY_S),
    (200, "short", 3.0 * LATENCY_S),
    (50, "long", 2.3 * LATENCY_S),
)
PROBE_PAUSE_S = 0.02  # often enough for a p99, and no load of its own
MAX_LIVE_P99_MS = 50.0
JOBS_END_S = 60.0
Row = dict[str, Any]


def measure(on: Stage, repeat: int) -> list[Row]:
    """A row for each case: wall time, CPU a finalize, and /health/live meanwhile; medians."""
    found = []
    with simulated_model(LATENCY_S) as model_url:
        settings = on.settings(model_url)
        alone = on.settings(model_url, worker_in_serve=False)
        with service(settings) as server, service(alone) as quiet:
            templates = play(settings, server.port, on.dsn)
            for people, length, aim_s in CASES:
                told = TEXT if length == "short" else LONG_TEXT
                name = "three_answered" if length == "short" else "three_answered_at_length"
                make = partial(_answers, on, settings, getattr(templates, name), told, people)
                rounds = []
                for _ in range(repeat + 1):
                    rounds.append(_probed(server, make()) | _cpu_of(quiet, make()))
                    _forget_jobs(on.dsn)
                del rounds[0]  # a server's first finalize loads what all others find loaded
                found.append({"people": people, "texts": length, "aim_s": aim_s, **_median(rounds)})
                print(line_of(found[-1]), flush=True)
    return found


def _answers(on: Stage, settings: Settings, template: str, told: str, people: int) -> list[bytes]:
    """The fourth answers of so many people who have given three."""
    runs = copies(on.dsn, template, add_users(on.dsn, people))
    return [
        http_request(
            "POST",
            f"{API}/ikigai/submit-dimension",
            bearer(settings, run.user_id),
            json.dumps(answer(run.token, DIMENSIONS[3], told)).encode(),
        )
        for run in runs
    ]


def _probed(server: Server, requests: list[bytes]) -> Row:
    sent, live = asyncio.run(_send_and_probe(server.port, requests))
    return {
        "wall_s": sent.took[-1],
        "refused": sent.refused,
        "live_p99_ms": live[int(0.99 * len(live))],
    }


def _cpu_of(server: Server, requests: list[bytes]) -> Row:
    before = CpuMeter(server.pids)
    asyncio.run(send_all(server.port, requests, len(requests)))
    return {"cpu_ms": 1000 * before.spent(server.pids) / len(requests)}


def _forget_jobs(dsn: str) -> None:
    """The next round begins with nothing left to do."""
    with closing(psycopg2.connect(dsn)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE status = 'todo'")
        connection.commit()

        def is_idle() -> bool:
            cursor.execute("SELECT NOT EXISTS (SELECT FROM procrastinate_jobs)")
            connection.commit()
            return cursor.fetchone() == (True,)

        assert wait_until(is_idle, JOBS_END_S)


async def _send_and_probe(port: int, requests: list[bytes]) -> tuple[Sent, list[float]]:
    live: list[float] = []
    probing = asyncio.create_task(_probe(port, live))
    sent = await send_all(port, requests, len(requests), may_refuse=True)
    probing.cancel()
    with suppress(asyncio.CancelledError):
        await probing
    return sent, sorted(live)


async def _probe(port: int, took_ms: list[float]) -> None:
    """Ask whether the process lives, again and again, over one connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        while True:
            started = time.perf_counter()
            writer.write(http_request("GET", "/health/live", {}))
            head = await reader.readuntil(b"\r\n\r\n")
            length = head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]
            await reader.readexactly(int(length))
            took_ms.append(1000 * (time.perf_counter() - started))
            await asyncio.sleep(PROBE_PAUSE_S)
    finally:
        writer.close()


def _median(rounds: list[Row]) -> Row:
    medians = {name: statistics.median(row[name] for row in rounds) for name in rounds[0]}
    return {**medians, "rounds": rounds}


def line_of(row: Row) -> str:
    return (
        f"finalize {row['people']:3} at once, {row['texts']} texts: {row['wall_s']:.2f} s"
        f" (aim {row['aim_s']:.2f}), {row['refused']:.0f} refused,"
        f" {row['cpu_ms']:.1f} ms CPU each (aim 15),"
        f" /health/live p99 {row['live_p99_ms']:.0f} ms (aim {MAX_LIVE_P99_MS:.0f})"
    )
