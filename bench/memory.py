"""Memory of a worker while it serves whole journeys: does it stay flat?

    python -m bench.memory [--journeys 10000] [--every 1000] [--at-once 16]

One server with one worker and a model that answers at once. Every journey is a new user's, with
texts put together from those of many students, and its jobs (the conversation about the result)
are done before the memory is read. The first two thousand journeys warm up: threads start, and the
caches fill that are bounded, the windows of the limits last.
"""

import argparse
import asyncio
import json
import random
import tomllib
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import psycopg2

from app.core.settings import Settings
from bench.journey_cost import play_all
from bench.machine import describe_machine
from bench.sessions import add_users
from bench.stage import Server, Stage, service, simulated_model, stage
from tests.support.databases import ROOT
from tests.support.processes import wait_until

MOST_MB = 150.0
MOST_GROWTH = 0.05
WARM_UP = 2_000
JOBS_S = 120.0
RESULTS = ROOT / "bench" / "results" / "memory.json"
STUDENTS = ROOT / "tests" / "career_profile" / "ikigai" / "student_texts.toml"
OPEN_JOBS = "SELECT EXISTS (SELECT FROM procrastinate_jobs WHERE status IN ('todo', 'doing'))"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.memory", description=__doc__)
    parser.add_argument("--journeys", type=int, default=10_000)
    parser.add_argument("--every", type=int, default=1000, help="journeys between two looks")
    parser.add_argument("--at-once", type=int, default=16)
    options = parser.parse_args()
    with ExitStack() as on_stage:
        on = on_stage.enter_context(stage())
        settings = on.settings(on_stage.enter_context(simulated_model(0.0)))
        server = on_stage.enter_context(service(settings))
        found = {"machine": describe_machine(), **_measure(on, settings, server, options)}
    RESULTS.write_text(json.dumps(found, indent=1) + "\n")


def _measure(
    on: Stage, settings: Settings, server: Server, options: argparse.Namespace
) -> dict[str, Any]:
    texts = [row["text"] for row in tomllib.loads(STUDENTS.read_text("utf-8"))["texts"]]

    def tell(chooser: random.Random) -> str:
        return " ".join(chooser.sample(texts, 2))

    seen = [_look(server, 0)]
    while (played := int(seen[-1]["journeys"])) < options.journeys:
        count = min(options.every, options.journeys - played)
        users = add_users(on.dsn, count)
        asyncio.run(play_all(settings, server.port, users, options.at_once, tell))
        wait_until(lambda: not _has_open_jobs(on.dsn), JOBS_S)
        seen.append(_look(server, played + count))
    warm = max(look["rss_mb"] for look in seen if look["journeys"] <= WARM_UP)
    last = seen[-1]["rss_mb"]
    growth = last / warm - 1
    kept = "kept" if growth <= MOST_GROWTH and last <= MOST_MB else "missed"
    print(f"grown {growth:.1%} since the warm-up, aims {kept}: {MOST_GROWTH:.0%}, {MOST_MB} MB")
    return {"seen": seen, "growth_after_warm_up": growth, "rss_mb": last}


def _look(server: Server, journeys: int) -> dict[str, float]:
    """Resident memory of the worker in MB, now and at its highest."""
    lines = Path(f"/proc/{server.pid}/status").read_text().splitlines()
    kilobytes = {line.split(":")[0]: int(line.split()[1]) for line in lines if " kB" in line}
    found = {
        "journeys": journeys,
        "rss_mb": round(kilobytes["VmRSS"] / 1024, 1),
        "highest_mb": round(kilobytes["VmHWM"] / 1024, 1),
        "anonymous_mb": round(kilobytes["RssAnon"] / 1024, 1),
    }
    print(", ".join(f"{name} {value:g}" for name, value in found.items()), flush=True)
    return found


def _has_open_jobs(dsn: str) -> bool:
    with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        cursor.execute(OPEN_JOBS)
        (found,) = cursor.fetchone() or (False,)
        return bool(found)


if __name__ == "__main__":
    main()
