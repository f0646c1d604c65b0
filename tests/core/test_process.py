"""Processes that must not outlive others, and free ports."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.core import process
from app.core.process import free_port, port_is_free
from tests.support.processes import is_running, wait_until

PROJECT = Path(__file__).resolve().parents[2]
SETUP = f"""
import json, os, subprocess, sys, threading
sys.path.insert(0, {str(PROJECT)!r})
import app.core.process as process
"""
STAY = "print(os.getpid(), flush=True); threading.Event().wait()"

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


@contextmanager
def python(code: str) -> Iterator[subprocess.Popen[str]]:
    """A Python process with a pipe to its output; killed at the end if it still runs."""
    with subprocess.Popen(
        [sys.executable, "-c", SETUP + code], stdout=subprocess.PIPE, text=True
    ) as child:
        try:
            yield child
        finally:
            child.kill()


def parent_of(code: str) -> str:
    """Code of a process that starts a child with the code, and stays."""
    return f"subprocess.Popen([sys.executable, '-c', {SETUP + code!r}])\nthreading.Event().wait()\n"


def pid_from(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    return int(process.stdout.readline())


@on_linux
class TestDieWithParent:
    @pytest.mark.parametrize("way", ["kernel", "watcher"])
    def test_parent_is_killed(self, way: str) -> None:
        only = {
            "kernel": "process._signal_self_when = lambda *_, **__: None",
            "watcher": "process.set_parent_death_signal = lambda _: None",
        }[way]
        with python(parent_of(f"{only}\nprocess.die_with_parent()\n{STAY}")) as parent:
            child = pid_from(parent)
            assert is_running(child)
            parent.kill()
            assert wait_until(lambda: not is_running(child))

    def test_parent_was_gone_before(self) -> None:
        code = f"process.die_with_parent(parent={2**22})\n{STAY}"
        with python(code) as orphan:
            assert orphan.wait(5) == -signal.SIGTERM

    def test_another_signal(self) -> None:
        code = f"process.die_with_parent({int(signal.SIGINT)}, parent={2**22})\n{STAY}"
        handled = f"import signal; signal.signal(2, lambda *_: os._exit(7))\n{code}"
        with python(handled) as orphan:
            assert orphan.wait(5) == 7


@on_linux
class TestWatchAncestors:
    def test_grandparent_is_killed_and_not_yet_reaped(self) -> None:
        with (
            python(STAY) as far,
            python(f"process.watch_ancestors([{pid_from(far)}])\n{STAY}") as watcher,
        ):
            assert is_running(pid_from(watcher))
            far.kill()  # a zombie from here on: nobody waits for it yet
            assert watcher.wait(5) == -signal.SIGTERM

    def test_pid_is_gone_already(self) -> None:
        with python(f"process.watch_ancestors([os.getpid(), {2**22}])\n{STAY}") as watcher:
            assert watcher.wait(5) == -signal.SIGTERM

    def test_pid_was_reused(self) -> None:
        starts = "times = iter(['1', '1', '2'])\nprocess._start_time = lambda _: next(times)\n"
        with python(f"{starts}process.watch_ancestors([1])\n{STAY}") as watcher:
            assert watcher.wait(5) == -signal.SIGTERM

    def test_own_start_time_is_read_despite_an_odd_name(self) -> None:
        code = (
            "open('/proc/self/comm', 'w').write('a) Z (b')\n"
            "print(json.dumps(process._start_time(os.getpid())), flush=True)"
        )
        with python(code) as odd:
            assert odd.stdout is not None
            assert json.loads(odd.stdout.readline()).isdigit()


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGTERM, 7), (signal.SIGINT, -signal.SIGINT)]
)
def test_a_signal_waits_for_the_end_of_an_import(
    number: signal.Signals, status: int, tmp_path: Path
) -> None:
    slow = f"import os, time\nos.kill(os.getpid(), {int(number)})\ntime.sleep(0.1)\n"
    (tmp_path / "slow.py").write_text(slow)
    imported = "import slow\nprint('imported', flush=True)\nthreading.Event().wait(5)"
    code = f"process.exit_on_sigterm(7)\nsys.path.append({str(tmp_path)!r})\n{imported}"
    with python(code) as child:
        assert child.communicate(timeout=5)[0] == "imported\n"
    assert child.returncode == status


class TestPorts:
    def test_free_port_can_be_listened_on(self) -> None:
        port = free_port()
        assert port_is_free("127.0.0.1", port)
        with socket.create_server(("127.0.0.1", port)):
            assert not port_is_free("127.0.0.1", port)
        assert port_is_free("127.0.0.1", port)

    @pytest.mark.parametrize(("host", "port"), [("192.0.2.1", 80), ("127.0.0.1", 70000)])
    def test_impossible_address_is_not_free(self, host: str, port: int) -> None:
        assert not port_is_free(host, port)


@pytest.mark.parametrize(
    ("init", "parent", "dies_at_once"),
    [
        ("systemd", 1, True),  # make had died when the shell asked for its parent
        ("make", 1, False),  # in a container
        ("python3", 1, False),
        ("systemd", 4711, False),
        ("systemd", None, False),
    ],
)
def test_a_parent_that_died_before_it_was_named(
    monkeypatch: pytest.MonkeyPatch, init: str, parent: int | None, dies_at_once: bool
) -> None:
    watched: list[int | None] = []
    monkeypatch.setattr(process, "_stat", lambda pid: (init, []) if pid == 1 else None)

    def watch(parent: int | None) -> None:
        watched.append(parent)

    monkeypatch.setattr(process, "die_with_parent", watch)
    process.die_with_callers(parent)
    assert watched == [0 if dies_at_once else parent]
