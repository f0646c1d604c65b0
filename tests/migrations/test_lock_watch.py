"""The instrument of `bench.migration_locks`: how long a lock was held that keeps others out."""

import threading

from sqlalchemy import create_engine, text

from app.core.database import psycopg2_url
from bench.migration_locks import SESSIONS, Watch, look_at_locks


def test_a_lock_over_several_statements_is_one(empty_dsn: str) -> None:
    """The revision that takes it keeps it until it commits, whatever it does meanwhile."""
    watch, over = Watch(), threading.Event()
    looking = threading.Thread(target=look_at_locks, args=(empty_dsn, over, watch))
    engine = create_engine(psycopg2_url(empty_dsn), connect_args={"application_name": "migration"})
    with engine.begin() as connection:
        connection.execute(text(f"CREATE TABLE {SESSIONS} (id bigint)"))
    looking.start()
    with engine.begin() as connection:
        connection.execute(text(f"LOCK TABLE {SESSIONS} IN SHARE ROW EXCLUSIVE MODE"))
        for number in range(4):
            connection.execute(text(f"SELECT pg_sleep(0.25), {number}"))
    over.set()
    looking.join()
    engine.dispose()
    [(table, mode)] = watch.held
    assert (table, mode) == (SESSIONS, "ShareRowExclusiveLock")
    held_s, _ = watch.held[table, mode]
    assert held_s > 0.3  # more than a statement
