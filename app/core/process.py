"""Process lifetime: a process that must not outlive another one, and free ports.

Signals of the kernel (Linux) come first because they cost nothing and cannot be late; a daemon
thread that polls stands beside them because macOS has no such signal and because Linux knows only
the direct parent, not the shell above a `make`.
"""

import ctypes
import os
import signal as signals
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import FrameType

POLL_SECONDS = 0.25
IMPORT_POLL_S = 0.02
LAST_SECONDS = 2.0  # for work in flight, when nobody is left who could wait for it
_PR_SET_PDEATHSIG = 1
_INIT = 1  # adopts whoever loses its parent; in a container it may be our caller itself
_NOBODY = 0
_MAKES = frozenset({"make", "gmake"})
_SHELLS = frozenset({"sh", "bash", "dash", "zsh", "ksh", "mksh", "ash", "fish", "busybox"})


def die_with_callers(parent: int | None = None) -> None:
    """End this process with the parent, and with every `make` and shell that waits for it.

    A shell waits when `make` runs in its foreground. Started with `&`, with nohup, in a session or
    a job of its own, a command may outlive the shell, as a person expects. (A terminal that closes
    sends SIGHUP to its foreground, that is not our work.) `parent` as in `die_with_parent`.
    """
    watch_ancestors(_waiting_callers())
    die_with_parent(parent=_NOBODY if _was_adopted(parent) else parent)


def die_with_parent(signal: int = signals.SIGTERM, parent: int | None = None) -> None:
    """Send `signal` to this process once its parent is gone, however that one died.

    What is still running LAST_SECONDS later is killed.

    `parent` is the pid that the parent had when it started this process; None takes the parent of
    now. Passing it closes the gap in which the parent dies before this call: the signal is then
    sent at once. On Linux the kernel counts the end of the *thread* that started this process as
    the parent's death, so a parent must start it from a thread that stays.
    """
    expected = os.getppid() if parent is None else parent
    set_parent_death_signal(signal)
    _signal_self_when(lambda: os.getppid() != expected, signal, name="die-with-parent")


def watch_ancestors(pids: Iterable[int], signal: int = signals.SIGTERM) -> None:
    """Send `signal` to this process once any of `pids` is gone, at once if one is gone already.

    Meant for processes further up than the parent (`make` above a recipe shell). A pid counts as
    the same process only while its start time is the one of now, so a reused pid is noticed; where
    there is no /proc (macOS) only the existence of the pid is checked. A zombie counts as gone.
    """
    expected = {pid: _start_time(pid) for pid in pids}

    def is_any_gone() -> bool:
        return any(start is None or _start_time(pid) != start for pid, start in expected.items())

    _signal_self_when(is_any_gone, signal, name="watch-ancestors")


def exit_on_sigterm(status: int) -> None:
    """SIGTERM leaves the program in good order, closing what is open, with this exit status.

    It and Ctrl-C wait for the end of an import: raised in there they can be lost in a callback of
    the import system, and leave its lock taken for ever.
    """

    def leave(*_: object) -> None:
        signals.signal(signals.SIGTERM, signals.SIG_IGN)  # once: leaving must not be interrupted
        sys.exit(status)

    _handle_outside_imports(signals.SIGTERM, leave)
    if signals.getsignal(signals.SIGINT) is signals.default_int_handler:
        _handle_outside_imports(signals.SIGINT, signals.default_int_handler)


def set_parent_death_signal(signal: int) -> None:
    """Ask the kernel to signal this process when the thread that started it ends.

    Linux only, elsewhere nothing happens. `setuid` and the exec of a set-user-ID program clear it,
    so it comes after dropping privileges; an ordinary exec keeps it.
    """
    if _prctl is not None:
        _prctl(_PR_SET_PDEATHSIG, int(signal), 0, 0, 0)


def is_alive(pid: int) -> bool:
    """Whether such a process exists; a zombie is none (without /proc it still counts)."""
    return _start_time(pid) is not None


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on at this moment (it is not reserved)."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def port_is_free(host: str, port: int) -> bool:
    """Whether a server could listen on host:port now; False also when the host is not ours.

    Connections of an earlier server that are still in TIME_WAIT do not count, as they do not for
    a server (SO_REUSEADDR).
    """
    if not 0 < port < 65536:  # the resolver would take the lower 16 bits
        return False
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except OSError:
        return False
    return True


def _signal_self_when(is_gone: Callable[[], bool], signal: int, name: str) -> None:
    def watch() -> None:
        while not is_gone():
            time.sleep(POLL_SECONDS)
        os.kill(os.getpid(), signal)
        time.sleep(LAST_SECONDS)
        os.kill(os.getpid(), signals.SIGKILL)

    threading.Thread(target=watch, name=name, daemon=True).start()


def _handle_outside_imports(signal: int, handle: Callable[[int, FrameType | None], None]) -> None:
    def handle_or_wait(_: int, frame: FrameType | None) -> None:
        if not _is_importing(frame):
            handle(signal, frame)
            return
        # Sent once more, to whoever handles it by then.
        signals.signal(signals.SIGALRM, lambda *_: signals.raise_signal(signal))
        signals.setitimer(signals.ITIMER_REAL, IMPORT_POLL_S)

    signals.signal(signal, handle_or_wait)


def _is_importing(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False


def _was_adopted(parent: int | None) -> bool:
    """Whether a shell named who adopted it, because its own parent died before it could. Linux."""
    found = _stat(_INIT) if parent == _INIT else None
    if found is None:
        return False
    name = found[0]
    return name not in _SHELLS | _MAKES and not name.startswith("python")


def _waiting_callers() -> list[int]:
    """The callers above the parent that wait for this process, nearest first. Linux, else none."""
    callers = list(_callers())
    asynchronous = signals.SIG_IGN in map(signals.getsignal, (signals.SIGINT, signals.SIGHUP))
    while asynchronous and callers and callers[-1][1] in _SHELLS:
        callers.pop()
    return [pid for pid, _ in callers[1:]]


def _callers() -> Iterator[tuple[int, str]]:
    """Pid and name of `make`s and shells from the parent upwards, as far as they share our job."""
    pid = os.getppid()
    while (found := _stat(pid)) is not None:
        name, (_, parent, group, *_) = found
        if int(group) != os.getpgrp() or name not in _SHELLS | _MAKES:
            return
        yield pid, name
        pid = int(parent)


def _start_time(pid: int) -> str | None:
    """Identifies the process behind `pid`; None when there is none, or only its zombie."""
    if sys.platform != "linux":
        return "some" if _exists(pid) else None
    found = _stat(pid)
    return None if found is None or found[1][0] in "ZX" else found[1][19]


def _stat(pid: int) -> tuple[str, list[str]] | None:
    """Name and further fields (state, parent, group, ...) of a process; None without /proc/pid."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The name stands in parentheses and may hold spaces and parentheses itself.
    head, _, fields = stat.rpartition(")")
    return head.partition("(")[2], fields.split()


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _load_prctl() -> Callable[..., int] | None:
    """libc's prctl, None elsewhere than on Linux; loaded early: not between fork and exec."""
    prctl: Callable[..., int] | None = None
    if sys.platform == "linux":
        prctl = getattr(ctypes.CDLL(None, use_errno=True), "prctl", None)
    return prctl


_prctl = _load_prctl()
