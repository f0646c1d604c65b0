"""Requests per CPU-second of every route over those of its floors, in one interleaved run."""

import asyncio
import json
import statistics
import urllib.request
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Any

from bench.http_load import send_all
from bench.machine import CpuMeter, descendants
from bench.routes import ROUTES, TARGETS, Route, Target, World
from bench.sessions import Run, analyse, play
from bench.stage import Server, Stage, floors, service, simulated_model, traffic_of

CONNECTIONS = 32
READERS = 200  # sessions that the reads of a run go round
COUNTED = 20
Row = dict[str, Any]
Servers = Mapping[Target, Server]


def measure(on: Stage, limiter: str, names: Iterable[str], repeat: int, count: int) -> list[Row]:
    """The rows of a run with the limits in `memory` or in `redis`."""
    with ExitStack() as stack:
        model_url = stack.enter_context(simulated_model(0.0))
        settings = on.settings(model_url, redis_url=on.redis if limiter == "redis" else None)
        real = stack.enter_context(service(settings))
        bare = stack.enter_context(floors(on.dsn))
        servers: Servers = {"real": real, "two": bare, "one": bare}
        world = World(on.dsn, settings, play(settings, real.port, on.dsn))
        found = []
        for route in ROUTES:
            if route.name in names:
                found.append(
                    {"limiter": limiter, **_measure_route(on, world, servers, route, repeat, count)}
                )
                print(line_of(found[-1]), flush=True)
    return found


def _measure_route(
    on: Stage, world: World, servers: Servers, route: Route, repeat: int, count: int
) -> Row:
    _give_sample(world, servers, route)
    readers = None if route.is_write else route.runs(world, READERS)
    analyse(on.dsn)
    traffic = {}
    for target in TARGETS:
        _send(servers[target], _requests(world, route, target, readers, READERS), on)  # warm
        requests = _requests(world, route, target, readers, COUNTED)
        counted = traffic_of(on, partial(_send_one_by_one, servers[target].port, requests))
        traffic[target] = {"statements": counted.statements, "round_trips": counted.round_trips}
    rounds: dict[Target, list[Row]] = {target: [] for target in TARGETS}
    for _ in range(repeat):
        for target in TARGETS:
            requests = _requests(world, route, target, readers, count)
            rounds[target].append(_send(servers[target], requests, on))
    return {"route": route.name, "target": route.target, **_summary(rounds, traffic)}


def _requests(
    world: World, route: Route, target: Target, readers: list[Run] | None, count: int
) -> list[bytes]:
    if readers is None:
        return route.requests(world, target, route.runs(world, count))
    once = route.requests(world, target, readers)
    return (once * (count // len(once) + 1))[:count]


def _send(server: Server, requests: Sequence[bytes], on: Stage) -> Row:
    database = [on.postmaster, *descendants(on.postmaster)]
    own, theirs = CpuMeter(server.pids), CpuMeter(database)
    sent = asyncio.run(send_all(server.port, requests, CONNECTIONS))
    cpu = own.spent(server.pids)
    return {
        "per_cpu_s": len(requests) / cpu,
        "cpu_us": 1e6 * cpu / len(requests),
        "postgres_us": 1e6 * theirs.spent([*database]) / len(requests),
        "p50_ms": sent.percentile_ms(0.5),
        "p99_ms": sent.percentile_ms(0.99),
        "per_s": len(requests) / sent.wall_s,
    }


def _send_one_by_one(port: int, requests: Sequence[bytes]) -> int:
    asyncio.run(send_all(port, requests, 1))
    return len(requests)


def _summary(rounds: Mapping[Target, list[Row]], traffic: Mapping[Target, Row]) -> Row:
    """Medians; ratios are taken round by round, so that a busy minute counts for both sides."""
    found: Row = {}
    for target, rows in rounds.items():
        found[target] = {
            **{name: statistics.median(row[name] for row in rows) for name in rows[0]},
            **traffic[target],
            "rounds": rows,
        }
    floors_of: dict[str, list[Row]] = {"over_f2": rounds["two"], "over_f1a": rounds["one"]}
    for name, floor in floors_of.items():
        ratios = [
            mine["per_cpu_s"] / bare["per_cpu_s"]
            for mine, bare in zip(rounds["real"], floor, strict=True)
        ]
        found[name] = {"median": statistics.median(ratios), "min": min(ratios), "max": max(ratios)}
    return found


def _give_sample(world: World, servers: Servers, route: Route) -> None:
    """The floor answers what the service does: same members, same size."""
    run = route.runs(world, 1)[0]
    request = route.requests(world, "real", [run])[0]
    port = servers["real"].port
    head, _, body = request.partition(b"\r\n\r\n")
    method, path, _ = head.split(b"\r\n")[0].decode().split()
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    headers.pop("Content-Length", None)
    sample: bytes = b""
    for _ in range(1 if route.is_write else 2):  # content: the second time from the cache
        asked = urllib.request.Request(
            f"http://127.0.0.1:{port}{path}", body or None, headers, method=method
        )
        with urllib.request.urlopen(asked) as response:
            sample = response.read()
    put = urllib.request.Request(
        f"http://127.0.0.1:{servers['two'].port}/samples/{route.name}", sample, method="PUT"
    )
    urllib.request.urlopen(put).close()
    assert json.loads(sample)


def line_of(row: Row) -> str:
    """One route as a line of the terminal."""
    real, two, one = row["real"], row["two"], row["one"]
    aim = row["target"][0 if row["limiter"] == "memory" else 1]
    ratio = row["over_f2"]
    return (
        f"{row['limiter']:6} {row['route']:17} cpu us {real['cpu_us']:6.0f} F2 {two['cpu_us']:5.0f}"
        f" F1a {one['cpu_us']:5.0f}  over F2 {ratio['median']:.2f}"
        f" ({ratio['min']:.2f}-{ratio['max']:.2f}) aim {aim}"
        f"  over F1a {row['over_f1a']['median']:.2f}"
        f"  statements {real['statements']:.1f} trips {real['round_trips']:.1f}"
        f"  p50 {real['p50_ms']:.1f} p99 {real['p99_ms']:.1f} ms  pg us {real['postgres_us']:.0f}"
    )
