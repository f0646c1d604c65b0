"""What a whole journey costs: CPU of service and PostgreSQL, statements, WAL, bytes that stay.

    python -m bench.journey_cost [--journeys 300] [--at-once 16]

One server with one worker, a model that answers at once, narratives of the options cached after the
first journeys. A journey is twelve requests: start, questions, answers, result, the five options
twice, four answers with texts as people write them, the recommendation, progress.
"""

import argparse
import asyncio
import json
import random
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from typing import Any
from uuid import UUID

import httpx
import psycopg2

from app.core.settings import Settings
from bench.machine import CpuMeter, descendants, describe_machine
from bench.sessions import STORY, add_users
from bench.stage import Server, Stage, service, simulated_model, stage, traffic_of
from tests.support.databases import ROOT
from tests.support.player import DIMENSIONS, Player, body_of

REQUESTS = 12
COUNTED = 5
RESULTS = ROOT / "bench" / "results" / "journey_cost.json"
SIZES = """
    SELECT n.nspname || '.' || c.relname, pg_total_relation_size(c.oid)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND n.nspname IN ('public', 'chat')
"""
Tell = Callable[[random.Random], str]
WAL = "SELECT pg_current_wal_lsn() - '0/0'"


def tell_story(_: random.Random) -> str:
    return STORY


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.journey_cost", description=__doc__)
    parser.add_argument("--journeys", type=int, default=300)
    parser.add_argument("--at-once", type=int, default=16)
    options = parser.parse_args()
    with ExitStack() as stack:
        on = stack.enter_context(stage())
        model_url = stack.enter_context(simulated_model(0.0))
        settings = on.settings(model_url)
        server = stack.enter_context(service(settings))
        found = {"machine": describe_machine(), **_measure(on, settings, server, options)}
    print(json.dumps(found, indent=1))
    RESULTS.write_text(json.dumps(found, indent=1) + "\n")


def _measure(
    on: Stage, settings: Settings, server: Server, options: argparse.Namespace
) -> dict[str, Any]:
    def played(count: int, at_once: int) -> int:
        users = add_users(on.dsn, count)
        asyncio.run(play_all(settings, server.port, users, at_once))
        return count

    played(60, options.at_once)  # every code's options are in the cache after some of them
    traffic = traffic_of(on, lambda: played(COUNTED, 1))
    _query(on.dsn, "CHECKPOINT")
    sizes, wal = dict(_query(on.dsn, SIZES)), _query(on.dsn, WAL)[0][0]
    backends = [on.postmaster, *descendants(on.postmaster)]
    own, theirs = CpuMeter(server.pids), CpuMeter(backends)
    count = played(options.journeys, options.at_once)
    grown = {name: size - sizes[name] for name, size in _query(on.dsn, SIZES)}
    bytes_of = {name: round(size / count) for name, size in grown.items() if size}
    return {
        "journeys": count,
        "requests": REQUESTS,
        "statements": traffic.statements,
        "round_trips": traffic.round_trips,
        "service_cpu_ms": 1000 * own.spent(server.pids) / count,
        "postgres_cpu_ms": 1000 * theirs.spent(backends) / count,
        "wal_bytes": round(float(_query(on.dsn, WAL)[0][0] - wal) / count),
        "disk_bytes": sum(bytes_of.values()),
        "disk_bytes_by_table": dict(sorted(bytes_of.items(), key=lambda item: -item[1])),
    }


async def play_all(
    settings: Settings, port: int, users: Sequence[UUID], at_once: int, tell: Tell = tell_story
) -> None:
    """A journey of each of the users; every answer is a text that `tell` gives."""
    free = asyncio.Semaphore(at_once)
    # Dropped sooner than the server closes them: none is closed under a request.
    kept = httpx.Limits(keepalive_expiry=2.0)
    base_url = f"http://127.0.0.1:{port}"
    async with httpx.AsyncClient(base_url=base_url, timeout=120, limits=kept) as client:

        async def one(user_id: UUID) -> None:
            async with free:
                await _play(Player(client, settings, user_id), tell)

        await asyncio.gather(*map(one, users))


async def _play(player: Player, tell: Tell) -> None:
    chooser = random.Random(player.user_id.int)
    started = await player.start()
    token = str(started["session_token"])
    await player.ok_get(f"/riasec/questions/{token}")
    leanings = dict(zip("RIASEC", chooser.sample([5, 5, 4, 3, 2, 1], 6), strict=True))
    await player.submit_riasec(started, **leanings)
    await player.ok_get(f"/riasec/result/{token}")
    content = await player.ok_post("/ikigai/start", {"session_token": token})
    await player.ok_get(f"/ikigai/content/{token}")
    option = content["candidates_with_content"][0]["profession_id"]
    for dimension in DIMENSIONS:
        body_of(await player.answer(token, dimension, tell(chooser), selected=option))
    await player.ok_get(f"/result/recommendation/{token}")
    await player.ok_get(f"/sessions/{token}")


def _query(dsn: str, statement: str) -> list[Any]:
    with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


if __name__ == "__main__":
    main()
