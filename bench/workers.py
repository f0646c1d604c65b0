"""Two workers against one, and against two servers that share nothing: requests per CPU-second,
and whether /metrics counts them all.

What two lone servers lose against one is the machine's: two processes at work warm each other's
caches less, and answers come one by one instead of several a wake-up. What two workers lose
against the two is ours: one socket to accept on, and counting together.
"""

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
    """All servers stand side by side and are asked in turn. They may use every core: on a single
    one, two processes would take turns, and that is what would be measured.
    """
    with simulated_model(0.0) as model_url:
        settings = on.settings(model_url)
        cores = set().union(*sides())
        with (
            service(settings, cores=cores) as one,
            service(settings, cores=cores) as another,
            service(settings, workers=2, cores=cores) as two,
        ):
            templates = play(settings, one.port, on.dsn)
            runs = copies(on.dsn, templates.completed, add_users(on.dsn, READERS))
            once = [
                http_request("GET", f"{API}/sessions/{run.token}", bearer(settings, run.user_id))
                for run in runs
            ]
            requests = (once * (count // len(once) + 1))[:count]
            for server in (one, another, two):
                _per_cpu_s([server], once)
            before = _counted(two)
            rounds = [
                [_per_cpu_s(servers, requests) for servers in ([one], [one, another], [two])]
                for _ in range(repeat)
            ]
            row = {
                "two_over_one": statistics.median(two / one for one, _, two in rounds),
                "two_over_lone": statistics.median(two / lone for _, lone, two in rounds),
                "rounds": rounds,
                "asked": repeat * len(requests),
                "counted": _counted(two) - before,
            }
    print(line_of(row), flush=True)
    return row


def _per_cpu_s(servers: list[Server], requests: list[bytes]) -> float:
    """The requests and the connections are dealt out evenly."""
    pids = [pid for server in servers for pid in server.pids]
    before = CpuMeter(pids)
    asyncio.run(_send(servers, requests))
    return len(requests) / before.spent(pids)


async def _send(servers: list[Server], requests: list[bytes]) -> None:
    many = len(servers)
    async with asyncio.TaskGroup() as group:
        for number, server in enumerate(servers):
            share = requests[number::many]
            group.create_task(send_all(server.port, share, CONNECTIONS // many))


def _counted(server: Server) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/metrics") as response:
        return int(sum(map(float, COUNTED.findall(response.read().decode()))))


def line_of(row: Row) -> str:
    return (
        f"Two workers keep {row['two_over_one']:.2f} of one worker's requests per CPU-second, and"
        f" {row['two_over_lone']:.2f} of those of two servers that share nothing; of"
        f" {row['asked']} requests /metrics counted {row['counted']}."
    )
