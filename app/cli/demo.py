"""`python -m app demo`: one user's whole journey, told step by step in the terminal."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

import httpx
from rich.console import Console

from app.cli.environment import as_service, local_settings, prepare_database, ready_settings
from app.cli.journey import Journey
from app.cli.problems import CommandError
from app.cli.talk import Talk
from app.core.process import free_port
from app.core.security import issue_token
from app.core.settings import hand_to_workers
from app.reference.seed import DEMO_USERS

START_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 1.0  # nobody but the demo waits for its server
REQUEST_TIMEOUT_S = 60.0
TOKEN_LIFETIME = timedelta(hours=1)


def play() -> None:
    """Play the journey against a server of its own; raises when it does not complete."""
    local_settings()
    console = Console(highlight=False)
    started = time.perf_counter()
    with ready_settings() as (settings, embedded):
        console.print("[bold]Kenali Diri[/bold]: from the first question to two professions\n")
        with console.status("PostgreSQL, migrations, reference data ..."):
            added = prepare_database(settings, embedded=embedded)
        where = "embedded PostgreSQL" if embedded else "DATABASE_URL"
        console.print(f"[dim]{where} ready, {sum(added.values())} reference rows added[/dim]")
        service = as_service(settings, embedded=embedded)
        # The advisor is made ready by a job: this server does its own.
        hand_to_workers(service.model_copy(update={"worker_in_serve": True}))
        with running_server(console) as base_url:
            login = issue_token(settings, DEMO_USERS[0][0], TOKEN_LIFETIME)
            headers = {"Authorization": f"Bearer {login}"}
            with httpx.Client(
                base_url=base_url, headers=headers, timeout=REQUEST_TIMEOUT_S
            ) as client:
                token = Journey(client, console).play()
                Talk(client, console).play(token)
    console.print(f"\n[dim]Completed in {time.perf_counter() - started:.1f} s.[/dim]")


@contextmanager
def running_server(console: Console) -> Iterator[str]:
    """A server of the demo's own on a free port; it ends with the block, or with the demo."""
    port = free_port()
    command = [sys.executable, "-m", "app", "serve", "--port", str(port)]
    command += ["--with-parent", str(os.getpid())]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command
    base_url = f"http://127.0.0.1:{port}"
    try:
        with console.status("Starting the server ..."):
            wait_until_alive(server, base_url)
        console.print(f"[dim]server ready on {base_url}[/dim]\n")
        yield base_url
    finally:
        server.terminate()
        with suppress(subprocess.TimeoutExpired):
            server.wait(STOP_TIMEOUT_S)
        server.kill()
        server.wait()


def wait_until_alive(server: "subprocess.Popen[bytes]", base_url: str) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    # One client for all attempts: to make one takes 0.1 s of the CPU that the server starts with.
    with httpx.Client(base_url=base_url, timeout=1) as client:
        while time.monotonic() < deadline:
            if server.poll() is not None:
                raise CommandError("the server ended while it started; see the lines above")
            try:
                if client.get("/health/live").status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
    raise CommandError(f"the server did not answer within {START_TIMEOUT_S:.0f} s")
