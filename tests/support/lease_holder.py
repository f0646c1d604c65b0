"""Holds a lease until its standard input ends: `lease_holder.py DATA_DIR DATABASE`.

Prints one line of JSON when it has the lease: dsn, the seconds that it took, and since when
postgres runs (the same time means the same cluster).
"""

import json
import sys
import time
from pathlib import Path

import psycopg2

from app.core.embedded import EmbeddedPostgres


def main() -> None:
    started = time.perf_counter()
    with EmbeddedPostgres.lease(Path(sys.argv[1]), sys.argv[2], durable=False) as cluster:
        seconds = time.perf_counter() - started
        connection = psycopg2.connect(cluster.dsn)
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_postmaster_start_time()::text")
                row = cursor.fetchone()
        finally:
            connection.close()
        print(
            json.dumps({"dsn": cluster.dsn, "seconds": seconds, "since": row[0] if row else None}),
            flush=True,
        )
        sys.stdin.read()


if __name__ == "__main__":
    main()
