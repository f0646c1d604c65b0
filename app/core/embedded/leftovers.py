"""What an earlier cluster may have left behind, and how to take over from it.

Only the alive lock says whether something still runs: postgres and all its children inherit it,
and no pid can be mistaken for it. A pid from postmaster.pid is signalled only after its command
line was read through a handle of that very process.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from app.core.embedded import locks
from app.core.embedded.errors import EmbeddedPostgresError
from app.core.embedded.placement import SOCKET_NAME, Placement

FAST_STOP_SECONDS = 10.0
IMMEDIATE_STOP_SECONDS = 5.0


def take_over(placement: Placement) -> int:
    """Waits for the predecessor to end, clears its leftovers; returns the held alive lock.

    A predecessor without supervisor (killed) is asked to stop; the kernel has usually done so.
    Raises EmbeddedPostgresError when it does not end, or when a postgres that is not ours runs on
    the data.
    """
    alive = locks.try_lock(placement.alive_lock, locks.EXCLUSIVE)
    for request, seconds in (
        (signal.SIGINT, FAST_STOP_SECONDS),
        (signal.SIGQUIT, IMMEDIATE_STOP_SECONDS),
    ):
        if alive is None:
            _signal_postmaster(placement.pgdata, request)
            alive = locks.wait_for_lock(placement.alive_lock, locks.EXCLUSIVE, seconds)
    if alive is None:
        raise EmbeddedPostgresError(
            f"an earlier PostgreSQL on {placement.pgdata} does not end; see {placement.log_file}"
        )
    try:
        _clear(placement)
    except BaseException:
        os.close(alive)
        raise
    return alive


def half_made(placement: Placement) -> Path:
    """The folder that initdb works in."""
    return placement.home / "data.making"


def postmaster_pid(pgdata: Path) -> int | None:
    """The pid in postmaster.pid, which may be stale or reused; None without a readable one."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int((pgdata / "postmaster.pid").read_text(encoding="utf-8").split()[0])
    return None


def is_postgres_on(pid: int, pgdata: Path) -> bool:
    """Whether this process is a postgres that was started on this data folder."""
    command = _command_line(pid)
    return Path(command[0]).name in ("postgres", "postmaster") and str(pgdata) in command[1:]


def _clear(placement: Placement) -> None:
    pid = postmaster_pid(placement.pgdata)
    if pid is not None and is_postgres_on(pid, placement.pgdata):
        raise EmbeddedPostgresError(
            f"a PostgreSQL that no command of ours started (pid {pid}) runs on"
            f" {placement.pgdata}: stop it and try again"
        )
    if placement.is_relocated and not placement.is_noted():
        # The data folder that this home belonged to was removed, which means: forget it.
        shutil.rmtree(placement.pgdata, ignore_errors=True)
        placement.location_file.write_text(f"{placement.home}\n", encoding="utf-8")
    shutil.rmtree(half_made(placement), ignore_errors=True)
    socket = placement.home / SOCKET_NAME
    for stale in (placement.pgdata / "postmaster.pid", socket, Path(f"{socket}.lock")):
        stale.unlink(missing_ok=True)


def _signal_postmaster(pgdata: Path, request: signal.Signals) -> None:
    pid = postmaster_pid(pgdata)
    if pid is None:
        return
    with contextlib.suppress(OSError):  # gone meanwhile, or not ours to signal
        if sys.platform == "linux":
            handle = os.pidfd_open(pid)  # the pid cannot change its process between look and signal
            try:
                if is_postgres_on(pid, pgdata):
                    signal.pidfd_send_signal(handle, request)
            finally:
                os.close(handle)
        elif is_postgres_on(pid, pgdata):
            os.kill(pid, request)


def _command_line(pid: int) -> list[str]:
    """The arguments of a process, program first; one empty string when there is none."""
    command: list[str] = []
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            raw = Path(f"/proc/{pid}/cmdline").read_bytes()
            command = [os.fsdecode(part) for part in raw.split(b"\0")]
    else:
        ps = ["/bin/ps", "-ww", "-o", "command=", "-p", str(pid)]
        answer = subprocess.run(ps, capture_output=True, text=True, check=False)  # noqa: S603
        command = answer.stdout.split()
    return command or [""]
