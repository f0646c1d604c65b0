"""A real redis-server of a test's own: started, killed, frozen and thawed at will."""

import os
import shutil
import signal
import socket
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from app.core.process import set_parent_death_signal
from tests.support.ports import own_port
from tests.support.processes import wait_until


class RedisServer:
    """On a free port of 127.0.0.1, without persistence; not running outside the block."""

    def __init__(self, folder: Path, *options: str) -> None:
        self._folder = folder
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None
        self.port = own_port()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()

    def start(self) -> None:
        """Start, empty, on the same port as before."""
        command = [
            *("redis-server", "--port", str(self.port), "--bind", "127.0.0.1"),
            *("--save", "", "--appendonly", "no", "--dir", str(self._folder), *self._options),
        ]
        with (self._folder / "redis.log").open("ab") as log:
            self._process = subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                preexec_fn=_end_with_the_tests,  # noqa: PLW1509 - a single system call
            )
        assert wait_until(self._accepts), (self._folder / "redis.log").read_text()

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(5)
            self._process = None

    def freeze(self) -> None:
        """It hangs: connections are accepted by the kernel, and nothing is ever answered."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def command(self, *words: str) -> bytes:
        """The first bytes of the answer to a command, as redis-cli would get them."""
        line = b"".join(b"$%d\r\n%s\r\n" % (len(w.encode()), w.encode()) for w in words)
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
            connection.sendall(b"*%d\r\n%s" % (len(words), line))
            return connection.recv(4096)

    def _accepts(self) -> bool:
        try:
            return bool(self.command("PING"))
        except OSError:
            return False


def require_redis_server() -> None:
    """Skip where there is no redis-server; where CI is set its absence is a failure."""
    if shutil.which("redis-server") is None:
        if os.environ.get("CI"):
            pytest.fail("CI installs redis-server from the machine's packages")
        pytest.skip("no redis-server among the machine's packages")


def _end_with_the_tests() -> None:
    set_parent_death_signal(signal.SIGKILL)
