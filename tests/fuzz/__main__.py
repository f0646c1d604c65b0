"""`make fuzz`: new cases against a server of its own until there are enough or time is over.

Exits with 1 when a check failed, a server error was seen, or there were too few cases.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, create_engine

from app.core.database import psycopg2_url
from app.core.embedded import EmbeddedPostgres
from app.core.logging import configure_logging
from app.core.settings import Settings
from app.main import create_app
from tests.conftest import TEST_DATA
from tests.fuzz.report import Report
from tests.fuzz.run import fuzz, long_form, settings_for, short_form, user_headers
from tests.support.databases import copy_of, template_of
from tests.support.server_process import server_process

CASES = 50_000
SECONDS = 3_600
SIGNS_EVERY = 1_000


@contextmanager
def stage() -> Iterator[tuple[Settings, Engine, str]]:
    """Settings, the database and the address of a server that lives as long as the block."""
    TEST_DATA.mkdir(parents=True, exist_ok=True)
    with EmbeddedPostgres.lease(data_dir=TEST_DATA, database="tests", durable=False) as cluster:
        template = template_of(cluster.dsn, TEST_DATA)
        with (
            copy_of(cluster.dsn, template, f"fuzz_{os.getpid()}") as dsn,
            tempfile.TemporaryDirectory() as folder,
        ):
            settings = settings_for(dsn)
            engine = create_engine(psycopg2_url(dsn))
            with server_process(settings, Path(folder)) as base_url:
                yield settings, engine, base_url
            engine.dispose()


class Progress:
    """Says how far it is, and whether that is enough."""

    def __init__(self, cases: int) -> None:
        self._cases = cases
        self._said = 0
        self._shown: set[tuple[str, str, str]] = set()
        self._started = time.monotonic()

    def __call__(self, report: Report) -> bool:
        for key in report.failures.keys() - self._shown:
            self._shown.add(key)
            print(f"FAILED {' | '.join(key)}\n{report.failures[key]}")
        if report.total - self._said >= SIGNS_EVERY:
            self._said = report.total
            seconds = time.monotonic() - self._started
            print(f"{report.total} cases, {len(report.failures)} failures, {seconds:.0f} s")
            sys.stdout.flush()
        return report.total >= self._cases


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--cases", type=int, default=CASES, help="enough (default 50,000)")
    parser.add_argument("--seconds", type=int, default=SECONDS, help="at most (default an hour)")
    asked = parser.parse_args()
    configure_logging("ERROR", json_lines=True)
    with stage() as (settings, engine, base_url):
        document = create_app(settings).openapi()
        report = fuzz(base_url, document, {}, short_form(50))
        headers = user_headers(settings, engine)
        enough = Progress(asked.cases - report.total)
        report.merge(fuzz(base_url, document, headers, long_form(asked.seconds), enough))
    print(report)
    missed = report.total < asked.cases
    if missed:
        print(f"only {report.total} of {asked.cases} cases in {asked.seconds} s")
    return int(bool(report.failures or report.errors or report.server_errors or missed))


if __name__ == "__main__":
    sys.exit(main())
