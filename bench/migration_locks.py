"""How long migrations keep users waiting: adoption of tables with a million rows, under traffic.

    python -m bench.migration_locks [--rows 1000000] [--json FILE]

A durable cluster of its own holds a session table as an early service left it and answers in Go's
spelling, ROWS each. While all migrations run to head, connections read, update and insert
sessions and answers all the time, and a watcher looks at the migrating connection's locks. The
figures: the longest statement of the traffic beside the longest in a quiet period of the same
length before, and the longest that a lock was held which keeps others out.
"""

import argparse
import json
import random
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg2
from sqlalchemy import create_engine

from app.core.database import psycopg2_url
from app.core.embedded import EmbeddedPostgres
from app.migrations import upgrade_to_head
from app.reference.repository import create_go_tables
from tests.support.starting_points import script_of

BOUND_S = 0.1
SESSIONS = "careerprofile_test_sessions"
FILL = """
INSERT INTO users (id) SELECT lpad(n::text, 32, '0')::uuid FROM generate_series(1, 1000) n;
INSERT INTO careerprofile_test_sessions (user_id, session_token, status, started_at, completed_at)
    SELECT lpad((n % 1000 + 1)::text, 32, '0')::uuid, 'many-' || n, 'completed', now(), now()
    FROM generate_series(1, {rows}) n;
INSERT INTO ikigai_responses (test_session_id, dimension1_love, dimension2_good_at, completed,
    created_at, completed_at)
    SELECT id, '{{"a": 1}}', '{{"b": 2}}', true, now(), now() FROM careerprofile_test_sessions
    WHERE id > 2;
CREATE TABLE kenalidiri_history (id bigserial PRIMARY KEY, user_id uuid NOT NULL,
    test_category_id bigint NOT NULL, detail_session_id bigint NOT NULL, status text,
    started_at timestamptz, completed_at timestamptz);
INSERT INTO kenalidiri_categories (id, category_code, category_name, detail_table_name)
    VALUES (1, 'CAREER_PROFILE', 'Profil', 'x');
INSERT INTO kenalidiri_history (user_id, test_category_id, detail_session_id, status, started_at)
    SELECT user_id, 1, id, 'completed', started_at FROM careerprofile_test_sessions;
"""
# What Go does meanwhile, in its own spelling; the last column tells the kind.
TRAFFIC = {
    "read": f"SELECT status FROM {SESSIONS} WHERE id = %(id)s",
    "update": f"UPDATE {SESSIONS} SET persona_type = 'EXPLORER' WHERE id = %(id)s",
    "insert": f"INSERT INTO {SESSIONS} (user_id, session_token, status, started_at) VALUES"
    " (lpad('1', 32, '0')::uuid, gen_random_uuid()::text, 'completed', now())",
    "read answers": "SELECT dimension1_love FROM ikigai_responses WHERE test_session_id = %(id)s",
    "update answers": "UPDATE ikigai_responses SET dimension1_love = '[]'"
    " WHERE test_session_id = %(id)s",
    "update history": "UPDATE kenalidiri_history SET completed_at = now() WHERE id = %(id)s",
}
# Locks of the migrating connection that keep writers or everyone out, on what existed before.
HELD = """
SELECT r.relname, l.mode, left(a.query, 160) FROM pg_locks l
JOIN pg_class r ON r.oid = l.relation AND r.relname IN ('careerprofile_test_sessions',
    'ikigai_responses', 'ikigai_total_scores', 'kenalidiri_history', 'kenalidiri_categories',
    'users')
JOIN pg_stat_activity a ON a.pid = l.pid AND a.application_name = 'migration'
WHERE l.granted AND l.locktype = 'relation'
    AND l.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
"""


@dataclass
class Watch:
    """The longest statement by kind, and the longest time that a lock was held, in seconds, with
    the statement that was running when it was given back.
    """

    longest: dict[str, float] = field(default_factory=lambda: dict.fromkeys(TRAFFIC, 0.0))
    count: int = 0
    held: dict[tuple[str, str], tuple[float, str]] = field(default_factory=dict)


@contextmanager
def traffic(dsn: str, rows: int) -> Iterator[Watch]:
    """Traffic and watcher, as long as the block lasts."""
    watch = Watch()
    over = threading.Event()
    work: list[Callable[[], None]] = [lambda: look_at_locks(dsn, over, watch)]
    for kind in TRAFFIC:
        work.append(lambda kind=kind: drive(dsn, over, watch, kind, rows))  # type: ignore[misc]
    threads = [threading.Thread(target=one) for one in work]
    for thread in threads:
        thread.start()
    try:
        yield watch
    finally:
        over.set()
        for thread in threads:
            thread.join()


def drive(dsn: str, over: threading.Event, watch: Watch, kind: str, rows: int) -> None:
    connection = psycopg2.connect(dsn)
    connection.autocommit = True
    with connection.cursor() as cursor:
        while not over.is_set():
            values = {"id": random.randint(1, rows)}
            before = time.perf_counter()
            cursor.execute(TRAFFIC[kind], values)
            watch.longest[kind] = max(watch.longest[kind], time.perf_counter() - before)
            watch.count += 1
            over.wait(0.002)
    connection.close()


def look_at_locks(dsn: str, over: threading.Event, watch: Watch) -> None:
    """By table and mode: from the first look that sees the lock to the last, whatever the
    statements meanwhile. A transaction of several holds it over all of them.
    """
    connection = psycopg2.connect(dsn)
    connection.autocommit = True
    since: dict[tuple[str, str], float] = {}
    with connection.cursor() as cursor:
        while not over.is_set():
            cursor.execute(HELD)
            now = time.perf_counter()
            seen = {(table, mode): statement for table, mode, statement in cursor.fetchall()}
            since = {lock: since.get(lock, now) for lock in seen}
            for lock, start in since.items():
                held = watch.held.get(lock, (0.0, ""))
                watch.held[lock] = max(held, (now - start, seen[lock]))
            over.wait(0.001)
    connection.close()


def measure(rows: int) -> dict[str, Any]:
    with (
        tempfile.TemporaryDirectory() as folder,
        EmbeddedPostgres.lease(data_dir=Path(folder) / "data", database="locks") as cluster,
    ):
        url = psycopg2_url(cluster.dsn)
        engine = create_engine(url, connect_args={"application_name": "migration"})
        prepare(cluster.dsn, rows)
        began = time.perf_counter()
        with traffic(cluster.dsn, rows) as busy:
            upgrade_to_head(engine)
            took = time.perf_counter() - began
        with traffic(cluster.dsn, rows) as quiet:
            time.sleep(took)
        engine.dispose()
    return {
        "rows": rows,
        "migration_s": round(took, 2),
        "statements": busy.count,
        "longest_ms": {kind: milliseconds(value) for kind, value in busy.longest.items()},
        "longest_without_migration_ms": {
            kind: milliseconds(value) for kind, value in quiet.longest.items()
        },
        "longest_held_ms": [
            {"table": table, "mode": mode, "statement": statement, "ms": milliseconds(value)}
            for (table, mode), (value, statement) in sorted(
                busy.held.items(), key=lambda item: item[1], reverse=True
            )[:5]
        ],
    }


def prepare(dsn: str, rows: int) -> None:
    engine = create_engine(psycopg2_url(dsn))
    with engine.begin() as connection:
        create_go_tables(connection)
        script = script_of("gorm").partition("INSERT INTO")[0] + FILL.format(rows=rows)
        connection.execution_options(no_parameters=True).exec_driver_sql(script)
    engine.dispose()
    raw = psycopg2.connect(dsn)
    raw.autocommit = True
    with raw.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")
    raw.close()


def milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 1)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.migration_locks")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--json", type=Path, help="also write the figures here")
    options = parser.parse_args()
    found = measure(options.rows)
    text = json.dumps(found, indent=2)
    print(text)
    if options.json:
        options.json.write_text(text + "\n", encoding="utf-8")
    held = max((item["ms"] for item in found["longest_held_ms"]), default=0.0)
    print(f"longest lock: {held} ms (bound {BOUND_S * 1000:.0f} ms)")
    return 0 if held <= BOUND_S * 1000 else 1


if __name__ == "__main__":
    raise SystemExit(main())
