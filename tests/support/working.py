"""Durable jobs in tests: quick settings, processes that can be killed, a look into the table."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
from fastapi import FastAPI
from sqlalchemy import Engine, text

from app.core.settings import Settings
from app.main import create_app
from tests.support.forked import Process
from tests.support.player import Player, add_user
from tests.support.ports import own_port
from tests.support.processes import wait_until
from tests.support.server_process import lives, started

# Everything that a job may wait for, short: a heartbeat each 0.25 s.
QUICK: Final[dict[str, Any]] = {
    "worker_poll_s": 0.1,
    "worker_stall_s": 1.0,
    "worker_shutdown_s": 0.2,
    "finalize_job_delay_s": 0.2,
    "finalize_lease_s": 1.0,
}
MakeClient = Callable[[FastAPI], Awaitable[httpx.AsyncClient]]
START_S = 30.0
STOP_S = 60.0


class Running:
    """A command of the service as a process of its own, and its log."""

    def __init__(self, process: Process, log: Path, base_url: str) -> None:
        self.process = process
        self.log = log
        self.base_url = base_url

    def wait_ready(self) -> None:
        """Until the server answers."""
        if not wait_until(self.answers, START_S):
            raise TimeoutError(self.log.read_text(encoding="utf-8")[-2000:])

    def answers(self) -> bool:
        if self.process.poll() is not None:
            return False
        return lives(self.base_url)

    def kill(self) -> None:
        """As the kernel does when memory is short: no last word."""
        self.process.kill()
        self.process.wait(STOP_S)

    def terminate(self) -> int:
        self.process.terminate()
        return self.process.wait(STOP_S)


@contextmanager
def running_server(
    settings: Settings,
    folder: Path,
    name: str = "server",
    port: int | None = None,
    workers: int = 1,
) -> Iterator[Running]:
    """`python -m app serve`, which may still be starting: `wait_ready`."""
    port = port or own_port()
    command = ["serve", "--port", str(port), "--workers", str(workers)]
    with _running(settings, folder, name, command, alone=workers == 1) as server:
        server.base_url = f"http://127.0.0.1:{port}"
        yield server


@contextmanager
def running_worker(settings: Settings, folder: Path) -> Iterator[Running]:
    """`python -m app worker`, which may still be starting."""
    with _running(settings, folder, "worker", ["worker"], alone=True) as worker:
        yield worker


@contextmanager
def _running(
    settings: Settings, folder: Path, name: str, command: list[str], *, alone: bool
) -> Iterator[Running]:
    log = folder / f"{name}.log"
    process = started([*command, "--with-parent"], folder, settings, log, alone=alone)
    try:
        yield Running(process, log, "")
    finally:
        process.kill()
        process.wait(STOP_S)


def jobs_of(engine: Engine, task: str) -> list[tuple[str, int]]:
    """Status and attempts of the jobs of a task, oldest first."""
    statement = text(
        "SELECT status::text, attempts FROM procrastinate_jobs WHERE task_name = :task ORDER BY id"
    )
    with engine.connect() as connection:
        return [(row.status, row.attempts) for row in connection.execute(statement, {"task": task})]


def leases(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.scalar(text("SELECT count(*) FROM ikigai_finalize_leases")) or 0)


async def app_of(settings: Settings, make_client: MakeClient, engine: Engine) -> Player:
    """A fresh user's app, and the application behind it in this process."""
    client = await make_client(create_app(settings))
    return Player(client, settings, add_user(engine))
