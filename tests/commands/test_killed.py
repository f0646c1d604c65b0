"""Whatever of `make demo` and `make run` dies, however it dies: nothing is left behind."""

import fcntl
import os
import pty
import signal
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support import sim_faults
from tests.support.checkouts import Checkout, finished
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.ports import own_port
from tests.support.processes import children_of, is_running, wait_until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc"),
]
START_S = 30.0


@dataclass(frozen=True)
class Chain:
    """make -> command -> server of the demo, in the middle of its work."""

    starter: "subprocess.Popen[str]"
    make: int
    command: int
    server: int | None = None

    def send(self, signal_: signal.Signals, to: str) -> None:
        os.kill(getattr(self, to), signal_)


@pytest.fixture
def silent_model() -> Iterator[OpenRouterSim]:
    """A model that takes a request and never answers."""
    with OpenRouterSim() as sim:
        sim.always(None, sim_faults.hang_before_headers)
        yield sim


@pytest.fixture
def quiet(checkout: Checkout) -> Iterator[Checkout]:
    assert checkout.is_quiet(), checkout.leftovers()
    yield checkout
    left = checkout.leftovers()
    checkout.kill_leftovers()
    assert not left


@pytest.fixture
def demo(quiet: Checkout, silent_model: OpenRouterSim) -> Callable[..., Chain]:
    """`make demo` that waits for the model."""

    def start(starter: "subprocess.Popen[str] | None" = None, levels: int = 0) -> Chain:
        starter = starter or quiet.start("make", "demo", env=asking(silent_model))
        assert silent_model.wait_calls(1, START_S), "the demo did not reach the model"
        make = below(starter.pid, levels)
        command = below(make, 1)
        return Chain(starter, make, command, server=below(command, 1))

    return start


def asking(model: OpenRouterSim) -> dict[str, str]:
    return {"OPENROUTER_API_KEY": "sim-key", "OPENROUTER_BASE_URL": model.base_url}


def below(pid: int, levels: int) -> int:
    """The only child of the only child ..."""
    for _ in range(levels):
        (pid,) = children_of(pid)
    return pid


def run(checkout: Checkout, shell_line: str = "exec {}", levels: int = 0) -> Chain:
    """`make run` that serves, started by a shell, `levels` processes below it."""
    line = shell_line.format(f"make run PORT={own_port()}")
    shell = checkout.start("bash", "-c", line, stdin=subprocess.PIPE)
    assert shell.stdout is not None
    assert any("Demo user" in text for text in shell.stdout), "it does not serve"
    make = below(shell.pid, levels)
    return Chain(shell, make, command=below(make, 1))


class TestDemo:
    @pytest.mark.parametrize(
        ("victim", "signal_", "words"),
        [
            ("make", signal.SIGKILL, ""),
            ("make", signal.SIGTERM, "Error 143"),  # make passes it on, the demo ends in order
            ("command", signal.SIGKILL, "Killed"),
        ],
    )
    def test_caller(
        self,
        victim: str,
        signal_: signal.Signals,
        words: str,
        demo: Callable[..., Chain],
        quiet: Checkout,
    ) -> None:
        chain = demo()
        chain.send(signal_, to=victim)
        assert quiet.is_quiet(), quiet.leftovers()
        end = finished(chain.starter)
        assert end.status != 0
        assert words in end.err

    def test_server(self, demo: Callable[..., Chain], quiet: Checkout) -> None:
        chain = demo()
        chain.send(signal.SIGKILL, to="server")
        end = finished(chain.starter, seconds=15)
        assert end.status != 0
        assert [line for line in end.err.splitlines() if not line.startswith("make")] == [
            "kenali-diri: POST /ikigai/start got no answer (RemoteProtocolError)"
        ]
        assert quiet.is_quiet(), quiet.leftovers()

    def test_interrupt_in_a_terminal(
        self, demo: Callable[..., Chain], quiet: Checkout, silent_model: OpenRouterSim
    ) -> None:
        process, master = in_terminal(quiet, "make", "demo", env=asking(silent_model))
        demo(process)
        os.write(master, b"\x03")
        shown = read_all(master)
        assert process.wait(5) != 0
        assert quiet.is_quiet(), quiet.leftovers()
        assert "\x1b[32m1\x1b[0m Sari starts" in shown, "no colour"
        assert "The model writes the options" in shown, "no progress line"
        assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l"), "the cursor is hidden"
        assert "Traceback" not in shown

    def test_terminal_is_closed(
        self, demo: Callable[..., Chain], quiet: Checkout, silent_model: OpenRouterSim
    ) -> None:
        shell = ("bash", "-c", "make demo; true")
        process, master = in_terminal(quiet, *shell, env=asking(silent_model))
        demo(process, levels=1)
        os.close(master)
        assert quiet.is_quiet(), quiet.leftovers()
        assert process.wait(5) != 0

    def test_everything_at_once_and_again(
        self, demo: Callable[..., Chain], quiet: Checkout
    ) -> None:
        chain = demo()
        quiet.kill_leftovers()
        chain.starter.communicate()
        end = quiet.run("make", "demo")
        assert end.status == 0, end.err
        assert "Two professions for Sari" in end.out
        assert quiet.is_quiet(), quiet.leftovers()


def in_terminal(
    checkout: Checkout, *command: str, env: dict[str, str]
) -> "tuple[subprocess.Popen[str], int]":
    """The command in a terminal of its own, and the descriptor behind the screen."""
    master, slave = pty.openpty()
    process = checkout.start(
        *command,
        env=env | {"TERM": "xterm"},
        stdin=slave,
        stdout=slave,
        stderr=slave,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(slave)
    return process, master


def read_all(master: int) -> str:
    """What the terminal shows until its last process ends."""
    shown = b""
    try:
        while chunk := os.read(master, 65536):
            shown += chunk
    except OSError:  # the last process is gone
        pass
    os.close(master)
    return shown.decode()


class TestRun:
    @pytest.mark.parametrize(
        ("victim", "signal_"),
        [("make", signal.SIGKILL), ("make", signal.SIGTERM), ("command", signal.SIGKILL)],
    )
    def test_caller(self, victim: str, signal_: signal.Signals, quiet: Checkout) -> None:
        chain = run(quiet)
        chain.send(signal_, to=victim)
        assert quiet.is_quiet(), quiet.leftovers()
        chain.starter.communicate()

    def test_interrupt(self, quiet: Checkout) -> None:
        chain = run(quiet)
        os.killpg(chain.starter.pid, signal.SIGINT)
        assert quiet.is_quiet(), quiet.leftovers()
        assert "Traceback" not in finished(chain.starter).err

    def test_make_dies_while_the_command_starts(self, quiet: Checkout) -> None:
        make = quiet.start("make", "run", f"PORT={own_port()}")
        assert wait_until(lambda: bool(children_of(make.pid)))
        make.kill()
        assert quiet.is_quiet(), quiet.leftovers()
        make.communicate()


class TestShell:
    def test_that_waits_for_make(self, quiet: Checkout) -> None:
        chain = run(quiet, "{}; true", levels=1)
        chain.starter.kill()
        assert quiet.is_quiet(), quiet.leftovers()
        chain.starter.communicate()

    def test_between_make_and_the_command(self, quiet: Checkout, tmp_path: Path) -> None:
        """A SHELL of one's own that does not give way to the command."""
        wrapper = tmp_path / "bash"
        wrapper.write_text('#!/bin/bash\n/bin/sh "$@"\nexit $?\n')
        wrapper.chmod(0o755)
        chain = run(quiet, f"exec {{}} SHELL={wrapper}")
        assert children_of(chain.command), "there is no shell between"
        chain.send(signal.SIGKILL, to="make")
        assert quiet.is_quiet(), quiet.leftovers()
        chain.starter.communicate()

    def test_that_does_not_wait_may_go(self, quiet: Checkout) -> None:
        """`make run &` in a script: the server goes on without the script, and ends with make."""
        chain = run(quiet, "{} & read -r line", levels=1)
        chain.starter.kill()
        chain.starter.wait()
        assert not wait_until(lambda: not is_running(chain.command), seconds=1.5)
        chain.send(signal.SIGTERM, to="make")
        assert quiet.is_quiet(), quiet.leftovers()
        chain.starter.communicate()
