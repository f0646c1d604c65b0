"""The side of a command: a lease on the cluster of its checkout."""

import contextlib
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from app.core.embedded import leftovers, locks
from app.core.embedded.binaries import find_binaries
from app.core.embedded.errors import EmbeddedPostgresError
from app.core.embedded.order import Order
from app.core.embedded.placement import Placement, place

START_SECONDS = 60.0
STOP_SECONDS = 20.0
FORGET_SECONDS = 3.0  # a supervisor whose last lease just went ends within this
MAX_LOG_BYTES = 10 * 1024 * 1024
_POLL_SECONDS = 0.01
_LONGEST_POLL_SECONDS = 0.1
_PROJECT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class EmbeddedPostgres:
    """A running cluster, as seen by the holder of a lease.

    `dsn` is for libpq and everything built on it; `psql_hint` a command line for a person;
    `log_file` what PostgreSQL says.
    """

    dsn: str
    psql_hint: str
    log_file: Path

    @staticmethod
    @contextlib.contextmanager
    def lease(
        data_dir: Path, database: str, bin_dir: Path | None = None, *, durable: bool = True
    ) -> Iterator["EmbeddedPostgres"]:
        """A cluster under `data_dir` that runs at least until the context is left.

        Makes and starts what is missing: folder, cluster, database. Commands with the same
        `data_dir` share one cluster; `bin_dir` (PG_BIN) and `durable` count for the one that
        starts it. `durable=False` trades crash safety for speed (tests). The lease ends with the
        process however that dies; a child forked without exec keeps it too.

        Raises EmbeddedPostgresError when there is no usable cluster.
        """
        data_dir = _make_data_dir(data_dir)
        held = locks.wait_for_lock(place(data_dir).lease_lock, locks.SHARED, STOP_SECONDS)
        if held is None:
            raise EmbeddedPostgresError(
                f"the PostgreSQL of {data_dir} is stopping and does not end; try again"
            )
        try:
            order = _order(data_dir, bin_dir, durable=durable)
            _bring_up(order, database)
            yield _describe(order, database)
        finally:
            os.close(held)

    @staticmethod
    def forget(data_dir: Path) -> None:
        """Removes cluster, data and log, wherever they live; nothing happens when there is none.

        Raises EmbeddedPostgresError while a command holds a lease.
        """
        if not data_dir.is_dir():
            return
        placement = place(data_dir.resolve())
        with contextlib.ExitStack() as held:
            # The supervisor first: it needs the lease lock free to see that nobody is left.
            for lock in (placement.supervisor_lock, placement.lease_lock):
                descriptor = locks.wait_for_lock(lock, locks.EXCLUSIVE, FORGET_SECONDS)
                if descriptor is None:
                    raise EmbeddedPostgresError(f"a running command uses {lock}: stop it first")
                held.callback(os.close, descriptor)
            _remove(placement)


def _make_data_dir(data_dir: Path) -> Path:
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EmbeddedPostgresError(f"cannot make {data_dir}: {error.strerror}") from error
    return data_dir.resolve()


def _order(data_dir: Path, bin_dir: Path | None, *, durable: bool) -> Order:
    placement = place(data_dir)
    return Order(placement, find_binaries(bin_dir, placement.account), durable)


def _bring_up(order: Order, database: str) -> None:
    """Connects, starting a supervisor whenever there is none, until the database is there.

    Two commands at once: the supervisor lock decides who starts, the other one finds the cluster
    by trying. A supervisor that dies meanwhile frees its lock, and the next turn starts anew.
    """
    deadline = time.monotonic() + START_SECONDS
    placement = order.placement
    pause = _POLL_SECONDS
    while True:
        lock = locks.try_lock(placement.supervisor_lock, locks.EXCLUSIVE)
        if lock is not None:
            _start_supervisor(order, lock)
        problem = _ensure_database(placement, database)
        if problem is None:
            return
        if time.monotonic() > deadline:
            raise EmbeddedPostgresError(
                f"no connection to PostgreSQL within {START_SECONDS:.0f} s ({problem});"
                f" see {placement.log_file}"
            )
        time.sleep(pause)
        pause = min(pause * 1.5, _LONGEST_POLL_SECONDS)  # each refusal is a line in the log


def _start_supervisor(order: Order, lock: int) -> None:
    """Hands the lock over to a new supervisor and waits until its cluster is ready.

    Returns also when the supervisor died without a word. Raises what it reports.
    """
    status, status_of_supervisor = os.pipe()
    try:
        try:
            _spawn_supervisor(order, lock, status_of_supervisor)
        finally:
            os.close(lock)
            os.close(status_of_supervisor)
        message = _read_status(status)
    finally:
        os.close(status)
    if message not in ("ready", ""):
        raise EmbeddedPostgresError(message)


def _spawn_supervisor(order: Order, lock: int, status: int) -> None:
    """Detached: own session, no terminal, no pipe of ours, and nobody's child once it runs."""
    log = _open_log(order.placement.log_file)
    module = [sys.executable, "-P", "-m", "app.core.embedded.supervisor"]
    try:
        launched = subprocess.run(  # noqa: S603 - our own module and interpreter, no shell
            [*module, order.to_json(), str(lock), str(status)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "PYTHONPATH": str(_PROJECT)},
            pass_fds=(lock, status),
            start_new_session=True,
            check=False,
        )
    finally:
        os.close(log)
    if launched.returncode > 0:  # killed by a signal (< 0) is worth another try
        raise EmbeddedPostgresError(
            f"the supervisor of PostgreSQL did not start; see {order.placement.log_file}"
        )


def _open_log(path: Path) -> int:
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
    log = os.open(path, flags, 0o600)
    if os.fstat(log).st_size > MAX_LOG_BYTES:
        os.ftruncate(log, 0)
    return log


def _read_status(status: int) -> str:
    """The supervisor's message; empty when it died before it had one."""
    deadline = time.monotonic() + START_SECONDS
    poll = select.poll()
    poll.register(status, select.POLLIN)
    received = b""
    while not received.endswith(b"\0"):
        if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
            raise EmbeddedPostgresError(f"PostgreSQL did not start within {START_SECONDS:.0f} s")
        chunk = os.read(status, 4096)
        if not chunk:
            return ""
        received += chunk
    return received[:-1].decode()


def _ensure_database(placement: Placement, database: str) -> str | None:
    """Makes the database if it is missing; returns why there is no connection, None if all is well.

    Two commands may both find it missing: the loser of CREATE DATABASE finds it made.
    """
    import psycopg2
    from psycopg2 import errors, sql

    try:
        connection = psycopg2.connect(_dsn(placement, "postgres"), connect_timeout=5)
    except psycopg2.OperationalError as error:
        return str(error).strip()
    with contextlib.closing(connection):
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (database,))
            if cursor.fetchone() is None:
                with contextlib.suppress(errors.DuplicateDatabase, errors.UniqueViolation):
                    cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
    return None


def _dsn(placement: Placement, database: str) -> str:
    """With the port, because libpq would take another one from PGPORT."""
    host = quote(str(placement.home), safe="/")
    return f"postgresql://postgres@/{quote(database, safe='')}?host={host}&port=5432"


def _describe(order: Order, database: str) -> EmbeddedPostgres:
    dsn = _dsn(order.placement, database)
    packaged = order.bin_dir / "psql"
    psql = shutil.which("psql") or (str(packaged) if packaged.exists() else "psql")
    return EmbeddedPostgres(dsn, f'{psql} "{dsn}"', order.placement.log_file)


def _remove(placement: Placement) -> None:
    if placement.home.exists():
        os.close(leftovers.take_over(placement))
        shutil.rmtree(placement.home)
    for path in (
        placement.log_file,
        placement.location_file,
        placement.supervisor_lock,
        placement.lease_lock,  # last, and held: a command that waits for it notices
    ):
        path.unlink(missing_ok=True)
