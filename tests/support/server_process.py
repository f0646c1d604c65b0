"""The server as it is started in earnest: `python -m app serve`, a process of its own."""

import http.client
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import app
from app.core.settings import Settings
from tests.support.forked import Forked, Process
from tests.support.ports import own_port
from tests.support.processes import wait_until

START_S = STOP_S = 60.0


@contextmanager
def server_process(
    settings: Settings, folder: Path, *, workers: int = 1, forked: bool = True
) -> Iterator[str]:
    """The base URL of a server with these settings; `folder` is its working directory and gets
    all that it says, `server.log`. Not `forked`: started from nothing, as measurements want it.
    """
    port = own_port()
    arguments = ["serve", "--with-parent", "--host", "127.0.0.1"]
    arguments += ["--port", str(port), "--workers", str(workers)]
    process = started(
        arguments, folder, settings, folder / "server.log", alone=forked and workers == 1
    )
    try:
        base_url = f"http://127.0.0.1:{port}"
        if not wait_until(lambda: process.poll() is not None or lives(base_url), START_S):
            raise TimeoutError("the server did not start")
        yield base_url
    finally:
        process.terminate()
        process.wait(STOP_S)


def started(
    arguments: list[str], folder: Path, settings: Settings, log: Path, *, alone: bool
) -> Process:
    """`python -m app` with these arguments; `alone` if it starts no processes of its own, for
    those would not be the command.
    """
    if alone:
        return Forked(arguments, folder, environment(settings), log)
    command = [sys.executable, "-m", "app", *arguments]
    with log.open("ab") as output:
        return subprocess.Popen(
            command, cwd=folder, env=environment(settings), stdout=output, stderr=output
        )


def environment(settings: Settings) -> dict[str, str]:
    """The settings as environment variables, and where the application of the tests lies."""
    found = {"PYTHONPATH": str(Path(app.__file__).parents[1])}
    for name, value in settings.model_dump(exclude_defaults=True).items():
        plain = value.get_secret_value() if hasattr(value, "get_secret_value") else value
        found[name.upper()] = ",".join(plain) if isinstance(plain, tuple) else str(plain)
    return found


def lives(base_url: str) -> bool:
    """Whether a server answers there. Without httpx: a client of it costs 0.1 s of CPU, and this
    is asked again and again while a server needs that CPU to start.
    """
    connection = http.client.HTTPConnection(base_url.removeprefix("http://"), timeout=2)
    try:
        connection.request("GET", "/health/live")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
