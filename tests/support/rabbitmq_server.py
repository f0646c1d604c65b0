"""A real rabbitmq-server of the tests' own: started, killed and started again with what it had."""

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

# Without the wrapper of /usr/sbin, which changes to the machine's own user and folders.
PROGRAM = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
START_S = 60.0
HELLO = b"AMQP\x00\x00\x09\x01"


class RabbitMQServer:
    """On free ports of 127.0.0.1, with a name, a cookie and a port mapper of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._mapper_port = own_port()
        self._mapper: subprocess.Popen[bytes] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self.port = own_port()

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}/"

    def __enter__(self) -> Self:
        (self._folder / "rabbitmq.conf").write_text("heartbeat = 5\n")
        (self._folder / "plugins").write_text("[].\n")
        with (self._folder / "epmd.log").open("ab") as log:
            self._mapper = subprocess.Popen(
                ["epmd", "-port", str(self._mapper_port), "-address", "127.0.0.1"],
                stdout=log,
                stderr=log,
                preexec_fn=_end_with_the_tests,  # noqa: PLW1509 - a single system call
            )
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()
        if self._mapper is not None:
            self._mapper.kill()
            self._mapper.wait(5)

    def start(self) -> None:
        """Start on the same port as before, with the queues and messages that it stored."""
        with (self._folder / "rabbitmq.log").open("ab") as log:
            self._process = subprocess.Popen(
                [PROGRAM],
                cwd=self._folder,
                env=self._environment(),
                stdin=subprocess.PIPE,  # it ends with its input
                stdout=log,
                stderr=log,
                preexec_fn=_end_with_the_tests,  # noqa: PLW1509 - a single system call
            )
        assert wait_until(self.accepts, START_S), (self._folder / "rabbitmq.log").read_text()

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate(timeout=10)
            self._process = None

    def accepts(self) -> bool:
        """Whether it says hello as AMQP 0-9-1 wants it: it listens last of all it does."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
                connection.sendall(HELLO)
                return connection.recv(1) == b"\x01"
        except OSError:
            return False

    def _environment(self) -> dict[str, str]:
        folder = str(self._folder)
        return {
            "PATH": os.environ["PATH"],
            "HOME": folder,  # where the cookie is made
            "RABBITMQ_ALLOW_INPUT": "true",  # no shell above it: what we kill is the server
            "RABBITMQ_NODENAME": f"tests_{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(own_port()),
            "RABBITMQ_MNESIA_BASE": folder,
            "RABBITMQ_LOG_BASE": folder,
            "RABBITMQ_CONF_ENV_FILE": f"{folder}/none",
            "RABBITMQ_CONFIG_FILE": f"{folder}/rabbitmq.conf",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{folder}/plugins",
            # One scheduler that does not spin: it shares the machine with the tests.
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1 +sbwt none -kernel"
            " inet_dist_use_interface {127,0,0,1}",
            "ERL_EPMD_PORT": str(self._mapper_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
        }


def require_rabbitmq_server() -> None:
    """Skip where there is none; where CI is set its absence is a failure."""
    if not PROGRAM.exists() or shutil.which("epmd") is None:
        if os.environ.get("CI"):
            pytest.fail("CI installs rabbitmq-server from the machine's packages")
        pytest.skip("no rabbitmq-server among the machine's packages")


def _end_with_the_tests() -> None:
    set_parent_death_signal(signal.SIGKILL)
