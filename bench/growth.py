"""What growth costs: every measured route beside a million sessions and 10,000 professions.

    python -m bench.growth [--sessions 1000000] [--catalogue-times 66] [--repeat 20] [--only X]

Two databases of one cluster, one server each; the same kind of requests goes to both in turn, one
at a time, and the ratio of the medians is taken in each round. Sessions that are read are drawn
from all those whose documents are whole; the others have an empty document in their place.
"""

import argparse
import asyncio
import json
import statistics
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack, closing
from dataclasses import dataclass
from typing import Any

import psycopg2
from sqlalchemy import create_engine

from app.career_profile.riasec.expansion import first_codes, lookup_codes
from app.career_profile.riasec.repository import get_code_with_professions
from app.career_profile.riasec.scoring import Classification, CodeType
from app.core.database import psycopg2_url
from bench.http_load import send_all
from bench.machine import describe_machine
from bench.routes import ROUTES, Route, World
from bench.sessions import Run, play
from bench.stage import Server, Stage, service, simulated_model, stage
from tests.support.databases import ROOT, copy_of, dsn_of, fingerprint
from tests.support.growth import grow_catalogue, grow_sessions, settle
from tests.support.rows import SESSIONS
from tests.support.statements import sent_statements

WHOLE = 20_000
COUNT = 60  # of a round: short ones, so that a busy minute counts for both
AIM = 1.3
RESULTS = ROOT / "bench" / "results" / "growth.json"
DRAW = f"""
    SELECT user_id, session_token FROM {SESSIONS} s
    JOIN ikigai_candidate_professions c ON c.test_session_id = s.id
    WHERE s.status = %s AND s.test_goal = 'RECOMMENDATION' AND c.candidates_data <> '{{}}'
    ORDER BY random() LIMIT %s
"""
PROFILE = Classification("IEC", CodeType.TRIPLE, is_inconsistent=True)
ENOUGH = 15


@dataclass(frozen=True, slots=True)
class Side:
    world: World
    server: Server


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.growth", description=__doc__)
    parser.add_argument("--sessions", type=int, default=1_000_000)
    parser.add_argument("--catalogue-times", type=int, default=66)
    parser.add_argument("--repeat", type=int, default=20)
    parser.add_argument("--only", nargs="+", choices=[route.name for route in ROUTES])
    options = parser.parse_args()
    routes = [route for route in ROUTES if options.only is None or route.name in options.only]
    with ExitStack() as stack:
        on = stack.enter_context(stage())
        model_url = stack.enter_context(simulated_model(0.0))
        small = _side(stack, on, on.dsn, model_url)
        large = _side(stack, on, stack.enter_context(_second(on)), model_url)
        took = _grow(large.world, options.sessions, options.catalogue_times)
        print(f"grown in {took:.0f} s; {_size(large.world.dsn)}", flush=True)
        rows = [_measure(route, small, large, options.repeat) for route in routes]
    found = {"machine": describe_machine(), "sessions": options.sessions, "routes": rows}
    if options.only is None:
        RESULTS.write_text(json.dumps(found, indent=1) + "\n")


def _second(on: Stage) -> AbstractContextManager[str]:
    """A second database beside the stage's own, from the same template."""
    return copy_of(dsn_of(on.dsn, "postgres"), f"template_{fingerprint()}", "bench_growth")


def _side(stack: ExitStack, on: Stage, dsn: str, model_url: str) -> Side:
    settings = on.settings(model_url, database_url=dsn)
    server = stack.enter_context(service(settings))
    return Side(World(dsn, settings, play(settings, server.port, dsn)), server)


def _grow(world: World, sessions: int, catalogue_times: int) -> float:
    started = time.monotonic()
    kinds = world.templates
    tokens = {
        "completed": kinds.completed,
        "ikigai_ongoing": kinds.ikigai_ongoing,
        "fit_check": kinds.completed,
        "riasec_ongoing": kinds.riasec_ongoing,
    }
    grow_sessions(world.dsn, tokens, sessions, whole=WHOLE)
    grow_catalogue(world.dsn, catalogue_times)
    settle(world.dsn)
    took = time.monotonic() - started
    _show_expansion(world.dsn)
    return took


def _show_expansion(dsn: str) -> None:
    """The one query that finds the candidates of a code and those around it."""
    engine = create_engine(psycopg2_url(dsn))
    with sent_statements(engine) as sent, engine.connect() as connection:
        first, others = first_codes(PROFILE), lookup_codes(PROFILE)
        get_code_with_professions(connection, PROFILE.code, first, others, ENOUGH)
    ((statement, values),) = sent
    with engine.connect() as connection:
        explained = connection.exec_driver_sql(
            "EXPLAIN (ANALYZE, COSTS OFF, BUFFERS OFF) " + statement, values
        )
        print("\n".join(explained.scalars()), flush=True)
    engine.dispose()


def _measure(route: Route, small: Side, large: Side, repeat: int) -> dict[str, Any]:
    readers = (
        {}
        if route.is_write
        else {
            small.server.port: route.runs(small.world, COUNT),
            large.server.port: _drawn(large.world, route),
        }
    )
    rounds: list[tuple[float, float]] = []
    for number in range(repeat + 1):
        both = [_p50_ms(route, side, readers.get(side.server.port)) for side in (small, large)]
        if number:  # the first one warms up
            rounds.append((both[0], both[1]))
    ratio = statistics.median(after / before for before, after in rounds)
    before, after = (statistics.median(side) for side in zip(*rounds, strict=True))
    verdict = "" if ratio <= AIM else "  above the aim"
    print(f"{route.name:17} p50 {before:.2f} -> {after:.2f} ms, x {ratio:.2f}{verdict}", flush=True)
    return {"route": route.name, "small_ms": before, "large_ms": after, "ratio": ratio}


def _drawn(world: World, route: Route) -> list[Run]:
    status = "ikigai_ongoing" if route.name == "content" else "completed"
    return [Run(*row) for row in _query(world.dsn, DRAW, (status, COUNT))]


def _p50_ms(route: Route, side: Side, readers: Sequence[Run] | None) -> float:
    runs = route.runs(side.world, COUNT) if readers is None else readers
    requests = route.requests(side.world, "real", runs)[:COUNT]
    return asyncio.run(send_all(side.server.port, requests, 1)).percentile_ms(0.5)


def _size(dsn: str) -> str:
    return str(_query(dsn, "SELECT pg_size_pretty(pg_database_size(current_database()))")[0][0])


def _query(dsn: str, statement: str, values: Sequence[Any] = ()) -> list[Any]:
    with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


if __name__ == "__main__":
    main()
