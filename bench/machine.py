"""The machine under a benchmark: cores for each side, CPU time of other processes, versions."""

import os
import platform
import time
from collections.abc import Iterable
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

LIBRARIES = (
    "fastapi",
    "starlette",
    "uvicorn",
    "uvloop",
    "pydantic",
    "sqlalchemy",
    "psycopg2-binary",
)


@cache
def sides() -> tuple[set[int], set[int]]:
    """Cores of the server, and of all that is not measured (load, PostgreSQL, Redis, model).

    The same core for both where the machine has only one. Asked before the benchmark moves to its
    own side, and kept: afterwards that side is all that it may use.
    """
    cores = sorted(os.sched_getaffinity(0))
    return {cores[0]}, set(cores[1:]) or {cores[0]}


def cpu_seconds(pid: int) -> float:
    """User and system time of a process, its finished threads included, to the nanosecond."""
    try:
        return time.clock_gettime((~pid << 3) | 2)  # the kernel's clock id of another process
    except OSError:  # it ended meanwhile
        return 0.0


def descendants(pid: int) -> list[int]:
    """Processes below `pid`, in no order."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            parent = _parent(folder)
            children.setdefault(parent, []).append(int(folder.name))
    found, open_ends = [], [pid]
    while open_ends:
        below = children.get(open_ends.pop(), [])
        found += below
        open_ends += below
    return found


def _parent(folder: Path) -> int:
    try:
        return int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:  # it ended meanwhile
        return 0


class CpuMeter:
    """CPU seconds that processes spent since it was made; new ones count from birth."""

    def __init__(self, pids: Iterable[int]) -> None:
        self._before = {pid: cpu_seconds(pid) for pid in pids}

    def spent(self, pids: Iterable[int]) -> float:
        return sum(cpu_seconds(pid) - self._before.get(pid, 0.0) for pid in pids)


def describe_machine() -> dict[str, Any]:
    model = ""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
    return {
        "cores": len(os.sched_getaffinity(0)),
        "processor": model,
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        "load_average": [round(value, 1) for value in os.getloadavg()],
        **{name: version(name) for name in LIBRARIES},
    }
