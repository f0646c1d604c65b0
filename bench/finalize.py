"""The fourth answers of many people at once, on one process with a pool of five."""

import asyncio
import json
import statistics
import time
from contextlib import suppress
from typing import Any

from bench.http_load import Sent, http_request, send_all
from bench.machine import CpuMeter
from bench.sessions import LONG_TEXT, add_users, bearer, copies, play
from bench.stage import Server, Stage, service, simulated_model
from tests.support.player import API, DIMENSIONS, TEXT, answer

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
Row = dict[str, Any]


def measure(on: Stage, repeat: int) -> list[Row]:
    """A row for each case: wall time, CPU a finalize, and /health/live meanwhile; medians."""
    found = []
    with simulated_model(LATENCY_S) as model_url:
        settings = on.settings(model_url)
        with service(settings) as server:
            templates = play(settings, server.port, on.dsn)
            for people, length, aim_s in CASES:
                told = TEXT if length == "short" else LONG_TEXT
                name = "three_answered" if length == "short" else "three_answered_at_length"
                rounds = []
                for _ in range(repeat):
                    runs = copies(on.dsn, getattr(templates, name), add_users(on.dsn, people))
                    requests = [
                        http_request(
                            "POST",
                            f"{API}/ikigai/submit-dimension",
                            bearer(settings, run.user_id),
                            json.dumps(answer(run.token, DIMENSIONS[3], told)).encode(),
                        )
                        for run in runs
                    ]
                    rounds.append(_send(server, requests))
                found.append({"people": people, "texts": length, "aim_s": aim_s, **_median(rounds)})
                print(line_of(found[-1]), flush=True)
    return found


def _send(server: Server, requests: list[bytes]) -> Row:
    before = CpuMeter(server.pids)
    sent, live = asyncio.run(_send_and_probe(server.port, requests))
    return {
        "wall_s": sent.took[-1],
        "refused": sent.refused,
        "cpu_ms": 1000 * before.spent(server.pids) / len(requests),
        "live_p99_ms": live[int(0.99 * len(live))],
    }


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
