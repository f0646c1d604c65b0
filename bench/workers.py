"""Two workers against one: requests per CPU-second, and whether /metrics counts them all."""

import asyncio
import re
import statistics
import urllib.request
from typing import Any

from bench.http_load import http_request, send_all
from bench.machine import CpuMeter, sides
from bench.sessions import add_users, bearer, copies, play
from bench.stage import Server, Stage, service, simulated_model
from tests.support.player import API

READERS = 200
CONNECTIONS = 32
ROUTE = f"{API}/sessions/{{session_token}}"
COUNTED = re.compile(
    rf'^http_request_duration_seconds_count\{{[^}}]*route="{re.escape(ROUTE)}"[^}}]*\}} (\S+)$',
    re.MULTILINE,
)
Row = dict[str, Any]


def measure(on: Stage, repeat: int, count: int) -> Row:
    """Servers of one and two workers stand side by side and are asked in turn. Both may use every
    core: on a single one, two processes would take turns, and that is what would be measured.
    """
    with simulated_model(0.0) as model_url:
        settings = on.settings(model_url)
        cores = set().union(*sides())
        with (
            service(settings, cores=cores) as one,
            service(settings, workers=2, cores=cores) as two,
        ):
            templates = play(settings, one.port, on.dsn)
            runs = copies(on.dsn, templates.completed, add_users(on.dsn, READERS))
            once = [
                http_request("GET", f"{API}/sessions/{run.token}", bearer(settings, run.user_id))
                for run in runs
            ]
            requests = (once * (count // len(once) + 1))[:count]
            _per_cpu_s(one, once)
            _per_cpu_s(two, once)
            before = _counted(two)
            ratios = [_per_cpu_s(two, requests) / _per_cpu_s(one, requests) for _ in range(repeat)]
            row = {
                "two_over_one": statistics.median(ratios),
                "rounds": ratios,
                "asked": repeat * len(requests),
                "counted": _counted(two) - before,
            }
    print(line_of(row), flush=True)
    return row


def _per_cpu_s(server: Server, requests: list[bytes]) -> float:
    before = CpuMeter(server.pids)
    asyncio.run(send_all(server.port, requests, CONNECTIONS))
    return len(requests) / before.spent(server.pids)


def _counted(server: Server) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/metrics") as response:
        return int(sum(map(float, COUNTED.findall(response.read().decode()))))


def line_of(row: Row) -> str:
    return (
        f"two workers over one, requests per CPU-second: {row['two_over_one']:.2f} (aim 0.95);"
        f" asked {row['asked']}, counted {row['counted']}"
    )
