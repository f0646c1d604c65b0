"""The server as it is started in earnest: `python -m app serve`, a process of its own."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

import app
from app.core.process import free_port
from app.core.settings import Settings
from tests.support.processes import wait_until

START_S = 20.0
STOP_S = 15.0


@contextmanager
def server_process(settings: Settings, folder: Path, *, workers: int = 1) -> Iterator[str]:
    """The base URL of a server with these settings; `folder` is its working directory and gets
    all that it says, `server.log`.
    """
    port = free_port()
    command = [sys.executable, "-m", "app", "serve", "--with-parent", "--host", "127.0.0.1"]
    command += ["--port", str(port), "--workers", str(workers)]
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=environment(settings), stdout=log, stderr=log
        )
        try:
            base_url = f"http://127.0.0.1:{port}"
            if not wait_until(lambda: process.poll() is not None or _lives(base_url), START_S):
                raise TimeoutError("the server did not start")
            yield base_url
        finally:
            process.terminate()
            process.wait(STOP_S)


def environment(settings: Settings) -> dict[str, str]:
    """The settings as environment variables, and where the application of the tests lies."""
    found = {"PYTHONPATH": str(Path(app.__file__).parents[1])}
    for name, value in settings.model_dump(exclude_defaults=True).items():
        plain = value.get_secret_value() if hasattr(value, "get_secret_value") else value
        found[name.upper()] = ",".join(plain) if isinstance(plain, tuple) else str(plain)
    return found


def _lives(base_url: str) -> bool:
    try:
        return httpx.get(f"{base_url}/health/live").status_code == 200
    except httpx.HTTPError:
        return False
