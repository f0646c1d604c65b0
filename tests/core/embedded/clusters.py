"""Clusters of the tests' own: leases on them, what runs for them, and what is left."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from app.core.embedded import EmbeddedPostgres
from app.core.embedded.placement import Placement, place
from tests.support.processes import processes_naming, wait_until

PROJECT = Path(__file__).resolve().parents[3]
HOLDER = PROJECT / "tests" / "support" / "lease_holder.py"
SITE_PACKAGES = Path(psycopg2.__file__).resolve().parents[1]
IS_ROOT = os.geteuid() == 0

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
as_root = pytest.mark.skipif(not IS_ROOT, reason="needs root")


class Holder:
    """Another process with a lease."""

    def __init__(self, data_dir: Path, *, python: str = sys.executable, **options: Any) -> None:
        self.data_dir = data_dir
        self._process = subprocess.Popen(
            [python, HOLDER, data_dir, "held"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={"PYTHONPATH": f"{PROJECT}:{SITE_PACKAGES}", "PATH": os.environ["PATH"]},
            start_new_session=True,
            **options,
        )
        self.pid = self._process.pid

    def __enter__(self) -> "Holder":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def answer(self) -> dict[str, Any]:
        """What it printed once it had the lease."""
        assert self._process.stdout is not None
        found: dict[str, Any] = json.loads(self._process.stdout.readline())
        return found

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def interrupt(self) -> None:
        """Ctrl-C in its terminal."""
        os.killpg(self.pid, signal.SIGINT)
        self._process.wait(5)


StartHolder = Callable[..., Holder]


def lease(data_dir: Path, database: str = "kenali_diri") -> Any:
    return EmbeddedPostgres.lease(data_dir, database, durable=False)


def ask(dsn: str, statement: str) -> Any:
    """The first value of the answer, None without one."""
    with contextlib.closing(psycopg2.connect(dsn)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
            row = cursor.fetchone() if cursor.description else None
    return row[0] if row else None


def since(dsn: str) -> str:
    """Since when the cluster runs: the same answer means the same cluster."""
    return str(ask(dsn, "SELECT pg_postmaster_start_time()::text"))


def leftovers_of(data_dir: Path) -> dict[int, str]:
    home = str(place(data_dir).home) if data_dir.exists() else str(data_dir)
    return processes_naming(str(data_dir), home)


def supervisor_of(data_dir: Path) -> int:
    (pid,) = processes_naming(f'"data_dir": "{data_dir}"')
    return pid


def postmaster_of(data_dir: Path) -> int:
    return int((place(data_dir).pgdata / "postmaster.pid").read_text().split()[0])


def is_all_gone(data_dir: Path) -> bool:
    return wait_until(lambda: not leftovers_of(data_dir), seconds=20)


def made_and_left(data_dir: Path) -> Placement:
    """A cluster with a table `kept`, stopped."""
    with lease(data_dir) as cluster:
        ask(cluster.dsn, "CREATE TABLE kept (number int)")
    assert is_all_gone(data_dir)
    return place(data_dir)


def works(data_dir: Path) -> bool:
    with lease(data_dir) as cluster:
        return str(ask(cluster.dsn, "SELECT 1")) == "1"


def keeps_data(data_dir: Path) -> bool:
    with lease(data_dir) as cluster:
        return str(ask(cluster.dsn, "SELECT to_regclass('kept')")) == "kept"
