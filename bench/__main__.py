"""`make bench`: what the service costs, measured against the least that it could cost.

A whole run is written to bench/results/performance.json and docs/performance.md.
"""

import argparse
import asyncio
from typing import Any

import uvloop

from bench import finalize, floor_ratio, report, workers
from bench.machine import describe_machine
from bench.routes import ROUTES
from bench.stage import Stage, stage

GROUPS = {
    "reads": [route.name for route in ROUTES if not route.is_write],
    "writes": [route.name for route in ROUTES if route.is_write],
}
NAMES = [route.name for route in ROUTES]
PARTS = [*NAMES, "finalize", "workers"]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", nargs="+", default=[], choices=[*PARTS, *GROUPS])
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--requests", type=int, default=1000, help="of a route, in a round")
    parser.add_argument("--limiter", nargs="+", default=["memory", "redis"])
    options = parser.parse_args()
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    found: dict[str, Any] = {"machine": describe_machine(), "repeat": options.repeat}
    with stage() as on:
        found |= measure(on, options)
    if not options.only:
        report.write(found)


def measure(on: Stage, options: argparse.Namespace) -> dict[str, Any]:
    wanted = {name for item in options.only for name in GROUPS.get(item, [item])} or set(PARTS)
    routes = []
    for limiter in options.limiter:
        if wanted & set(NAMES) and (limiter == "memory" or on.redis is not None):
            routes += floor_ratio.measure(on, limiter, wanted, options.repeat, options.requests)
    found: dict[str, Any] = {"routes": routes}
    if "finalize" in wanted:
        found["finalize"] = finalize.measure(on, options.repeat)
    if "workers" in wanted:
        found["workers"] = workers.measure(on, options.repeat, options.requests)
    return found


if __name__ == "__main__":
    main()
