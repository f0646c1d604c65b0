"""What a benchmark runs against: PostgreSQL, Redis, a model, servers on cores of their own."""

import http.client
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import psycopg2

from app.core.embedded import EmbeddedPostgres
from app.core.process import free_port, set_parent_death_signal
from app.core.settings import AppEnv, Settings
from bench.machine import descendants, sides
from bench.simulated_journeys import redis_url
from tests.support.databases import ROOT, copy_of, template_of
from tests.support.processes import wait_until
from tests.support.server_process import environment

START_S = 20.0
STOP_S = 30.0
TERMINATE = 15
STATEMENT_LINE = re.compile(r"LOG:  statement:\s+(?:BEGIN; )?(\w+)")  # with what begins it
TRANSACTION_WORDS = {"BEGIN", "COMMIT", "ROLLBACK"}


@dataclass(frozen=True, slots=True)
class Stage:
    """Durable PostgreSQL as it is installed; `redis` None where the machine has no redis-server."""

    dsn: str
    postgres_log: Path
    postmaster: int
    redis: str | None

    def settings(self, model_url: str, **changes: Any) -> Settings:
        """Everything switched on as in production; the limits count, and are never reached."""
        limits = [name for name in Settings.model_fields if name.startswith("rate_limit_")]
        values: dict[str, Any] = {
            "app_env": AppEnv.PRODUCTION,
            "database_url": self.dsn,
            "membership_required": True,
            "jwt_secret": "b9f1c0d2e3a4958677665544332211ff",
            "openrouter_api_key": "sim-key",
            "openrouter_base_url": model_url,
            "openrouter_model": "sim/model",
            **dict.fromkeys(limits, "1000000/hour"),
        }
        return Settings(_env_file=None, **{**values, **changes})


@contextmanager
def stage() -> Iterator[Stage]:
    """Everything but the server shares the cores of the load."""
    _, beside = sides()
    os.sched_setaffinity(0, beside)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kenali-bench-")))
        cluster = stack.enter_context(EmbeddedPostgres.lease(folder, "postgres"))
        template = template_of(cluster.dsn, folder)
        dsn = stack.enter_context(copy_of(cluster.dsn, template, "bench"))
        redis = stack.enter_context(redis_url())
        yield Stage(dsn, cluster.log_file, _postmaster(dsn), redis)


def _postmaster(dsn: str) -> int:
    """The parent of every backend."""
    connection = psycopg2.connect(dsn)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()
        assert backend is not None
        stat = Path(f"/proc/{backend[0]}/stat").read_text()
    connection.close()
    return int(stat.rpartition(")")[2].split()[1])


@dataclass(frozen=True, slots=True)
class Server:
    """A server under load; `pids` are its processes."""

    port: int
    pid: int

    @property
    def pids(self) -> list[int]:
        return [self.pid, *descendants(self.pid)]


@contextmanager
def service(
    settings: Settings, *, workers: int = 1, cores: set[int] | None = None
) -> Iterator[Server]:
    """`python -m app serve` as in production, its log lines in a file."""
    command = ["-m", "app", "serve", "--host", "127.0.0.1", "--workers", str(workers)]
    found = {**environment(settings), "PATH": os.environ["PATH"]}
    with _running(command, found, "/health/live", cores) as server:
        yield server


@contextmanager
def floors(dsn: str) -> Iterator[Server]:
    """The bare application of `bench.floors`, on the server's core."""
    found = {"DATABASE_URL": dsn, "PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]}
    with _running(["-m", "bench.floors"], found, "/live", None) as server:
        yield server


@contextmanager
def _running(
    command: list[str], found: Mapping[str, str], live: str, cores: set[int] | None
) -> Iterator[Server]:
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="kenali-bench-") as folder:
        log = Path(folder) / "server.log"
        with log.open("w") as output:
            process = subprocess.Popen(
                [sys.executable, *command, "--port", str(port)],
                cwd=folder,
                env=dict(found),
                stdout=output,
                stderr=output,
                preexec_fn=partial(_on_cores, cores or sides()[0]),  # noqa: PLW1509 - system calls
            )
        try:
            if not wait_until(lambda: _answers(port, live), START_S):
                raise TimeoutError(f"the server did not start:\n{log.read_text()[-3000:]}")
            yield Server(port, process.pid)
        finally:
            process.terminate()
            process.wait(STOP_S)


def _on_cores(cores: set[int]) -> None:
    os.sched_setaffinity(0, cores)
    set_parent_death_signal(TERMINATE)


def _answers(port: int, path: str) -> bool:
    asked = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        asked.request("GET", path)
        return asked.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        asked.close()


@contextmanager
def simulated_model(latency_s: float) -> Iterator[str]:
    """The base URL of a model that takes so long for every answer."""
    command = [sys.executable, "-m", "bench.simulated_model", str(latency_s)]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=partial(set_parent_death_signal, TERMINATE),  # noqa: PLW1509 - a system call
    )
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


@dataclass(frozen=True, slots=True)
class Traffic:
    """Of one request, on average: statements, and round trips with BEGIN and COMMIT."""

    statements: float
    round_trips: float


def traffic_of(of: Stage, work: Callable[[], int]) -> Traffic:
    """What PostgreSQL logs while `work` sends requests; it returns how many."""
    _set_log_statement(of.dsn, "all")
    start = of.postgres_log.stat().st_size
    requests = work()
    _set_log_statement(of.dsn, "none")
    with of.postgres_log.open() as log:
        log.seek(start)
        text = log.read()
        words = STATEMENT_LINE.findall(text)
    own = sum(word in {"ALTER", "SHOW"} for word in words)
    trips = len(words) - own
    plain = sum(word not in TRANSACTION_WORDS for word in words) - own
    return Traffic(plain / requests, trips / requests)


def _set_log_statement(dsn: str, value: str) -> None:
    """For all sessions, at once: waits until a session of its own sees it."""
    connection = psycopg2.connect(dsn)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("ALTER SYSTEM SET log_statement = %s", (value,))
        cursor.execute("SELECT pg_reload_conf()")

        def is_set() -> bool:
            cursor.execute("SHOW log_statement")
            return cursor.fetchone() == (value,)

        assert wait_until(is_set, 5.0)
    connection.close()
