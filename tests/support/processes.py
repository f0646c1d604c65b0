"""Looks at processes and waits for them: with a deadline, never with a fixed sleep.

A process may end while it is looked at: it is then not told, and a signal to it is none.
"""

import os
import signal
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path


def wait_until(condition: Callable[[], bool], seconds: float = 10.0) -> bool:
    """Whether the condition became true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def is_running(pid: int) -> bool:
    """Whether the process exists and is no zombie. Linux."""
    state, _ = _state_and_parent(pid)
    return state not in "ZX"


def children_of(pid: int) -> list[int]:
    """The running children. Linux."""
    found = ((child, *_state_and_parent(child)) for child in other_processes())
    return [child for child, state, parent in found if parent == pid and state not in "ZX"]


def workers_of(server: int) -> list[int]:
    """The worker processes of a `serve` with several. Linux."""
    return [pid for pid in children_of(server) if "spawn_main" in command_line(pid)]


def processes_naming(*texts: str) -> dict[int, str]:
    """Command lines by pid of the running processes that name one of the texts. Linux."""
    lines = {pid: command_line(pid) for pid in other_processes()}
    return {pid: line for pid, line in lines.items() if any(text in line for text in texts)}


def other_processes() -> Iterable[int]:
    """Every pid but our own. Linux."""
    names = (folder.name for folder in Path("/proc").iterdir())
    return (int(name) for name in names if name.isdigit() and int(name) != os.getpid())


def command_line(pid: int) -> str:
    """Empty when the process is gone or a zombie. Linux."""
    return _read(pid, "cmdline").replace("\0", " ")


def send(signal_: signal.Signals, pids: Iterable[int]) -> None:
    """To each of them that still exists."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal_)


def _state_and_parent(pid: int) -> tuple[str, int]:
    """As in proc(5); X, dead, and 0 when the process is gone."""
    state, parent, *_ = _read(pid, "stat").rpartition(")")[2].split() or ("X", "0")
    return state, int(parent)


def _read(pid: int, name: str) -> str:
    try:
        return Path(f"/proc/{pid}/{name}").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
