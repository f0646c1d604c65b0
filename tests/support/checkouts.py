"""Copies of this checkout, the commands that run in them, and what these leave behind."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.core.embedded.placement import Account, can_enter, place
from tests.support.databases import ROOT
from tests.support.processes import command_line, other_processes, send, wait_until

COPIED = ("app", "alembic", "alembic.ini", "Makefile", "pyproject.toml", "constraints.txt")
GONE_S = 30.0
DEMO_S = 110.0
CLEAN = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": "/nonexistent"}


@dataclass(frozen=True)
class Checkout:
    """A copy whose `.venv` holds links to the real one, so that nothing is installed again."""

    path: Path
    owner: str | None = None

    @property
    def data_dir(self) -> Path:
        return self.path / ".data"

    def start(
        self, *command: str, env: dict[str, str] | None = None, **options: Any
    ) -> "subprocess.Popen[str]":
        """A command in a session of its own, as a terminal gives it one."""
        if self.owner is not None:
            account = pwd.getpwnam(self.owner)
            options |= {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        return subprocess.Popen(
            command,
            cwd=self.path,
            env=CLEAN | (env or {}),
            text=True,
            start_new_session=True,
            **({"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options),
        )

    def run(self, *command: str, env: dict[str, str] | None = None) -> "Finished":
        return finished(self.start(*command, env=env))

    def leftovers(self) -> dict[int, str]:
        """Running processes whose command line or working directory names this checkout."""
        names = {str(self.path)}
        if self.data_dir.is_dir():
            names.add(str(place(self.data_dir).home))
        return {pid: text for pid, text in _processes() if any(name in text for name in names)}

    def is_quiet(self) -> bool:
        """Whether nothing is left, at once or very soon."""
        return wait_until(lambda: not self.leftovers(), GONE_S)

    def kill_leftovers(self) -> None:
        """All at once; one may end by itself when another one is gone."""
        send(signal.SIGKILL, self.leftovers())

    def supervisor(self) -> int:
        (pid,) = (pid for pid, text in self.leftovers().items() if '"data_dir"' in text)
        return pid


@dataclass(frozen=True)
class Finished:
    status: int
    out: str
    err: str


def finished(process: "subprocess.Popen[str]", seconds: float = DEMO_S) -> Finished:
    """Exit status and output of a command that ends by itself."""
    try:
        out, err = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    return Finished(process.returncode, out, err or "")


def make_checkout(path: Path, python: str = sys.executable, owner: str | None = None) -> Checkout:
    path.mkdir(parents=True)
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, path / name)
        else:
            shutil.copy2(source, path / name)
    _link_environment(path / ".venv", Path(python))
    if owner is not None:
        for place_ in (path, *path.rglob("*")):
            if not place_.is_symlink():
                shutil.chown(place_, owner, pwd.getpwnam(owner).pw_gid)
    return Checkout(path, owner)


def _link_environment(venv: Path, python: Path) -> None:
    """A virtual environment with this Python and the packages of the real one."""
    base = python.resolve()
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").symlink_to(base)
    (venv / "lib").symlink_to(Path(sys.prefix) / "lib")
    (venv / "pyvenv.cfg").write_text(f"home = {base.parent}\n")
    (venv / ".ready").touch()


def _processes() -> Iterable[tuple[int, str]]:
    """Pid and command line with working directory of every running process but our own."""
    for pid in other_processes():
        line = command_line(pid)
        with suppress(OSError):  # ended meanwhile, or a zombie
            yield pid, f"{line} in {Path(f'/proc/{pid}/cwd').readlink()}"


def python_for(owner: str) -> str | None:
    """A Python of our version that this user can run, with our packages; None without one."""
    user = pwd.getpwnam(owner)
    account = Account(user.pw_uid, user.pw_gid, demote=True)
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for candidate in (Path(sys.executable), Path("/usr/local/bin", name), Path("/usr/bin", name)):
        real = candidate.resolve()
        if real.exists() and can_enter(real.parent, account) and can_enter(ROOT, account):
            return str(candidate)
    return None
