"""Where a cluster lives and as whom it runs.

Normally both are plain: `<data_dir>/postgres`, as the user of the command. Root is different:
postgres refuses to run as root, so it runs as an unprivileged user, who may be shut out of the
checkout. And a Unix socket has a short path or none. In both cases the cluster moves into a folder
of that user under the system's temporary folder; modes of existing folders are never touched.
"""

import hashlib
import os
import pwd
import stat
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from app.core.embedded.errors import EmbeddedPostgresError

SOCKET_NAME = ".s.PGSQL.5432"
MAX_SOCKET_PATH = 100  # bytes; the kernel's own limit is 108 on Linux and 104 on macOS
UNPRIVILEGED_USERS = ("postgres", "nobody")


@dataclass(frozen=True)
class Account:
    """The user that postgres runs as; `demote` when that is not the user of the command."""

    uid: int
    gid: int
    demote: bool

    @property
    def name(self) -> str:
        """The login name, or the uid in digits when it has none."""
        with suppress(KeyError):
            return pwd.getpwuid(self.uid).pw_name
        return str(self.uid)


@dataclass(frozen=True)
class Placement:
    """All paths of one cluster.

    `data_dir` and what lies directly in it belongs to the user of the command, `home` (0700) and
    everything below to the account of postgres.
    """

    data_dir: Path
    home: Path
    account: Account

    @property
    def lease_lock(self) -> Path:
        return self.data_dir / "postgres.lease"

    @property
    def supervisor_lock(self) -> Path:
        return self.data_dir / "postgres.supervisor"

    @property
    def log_file(self) -> Path:
        return self.data_dir / "postgres.log"

    @property
    def location_file(self) -> Path:
        """Names a home outside the data folder, so that it is forgotten with the data folder."""
        return self.data_dir / "postgres.location"

    @property
    def alive_lock(self) -> Path:
        return self.home / "alive.lock"

    @property
    def pgdata(self) -> Path:
        return self.home / "data"

    @property
    def is_relocated(self) -> bool:
        return self.home.parent != self.data_dir

    def is_noted(self) -> bool:
        """Whether the data folder names this home as its own."""
        return _known_location(self.data_dir, self.home.name) == self.home


def place(data_dir: Path) -> Placement:
    """The placement for a data folder; the same for every command of one checkout.

    Reads only. `data_dir` must exist and be resolved.
    """
    home = data_dir / "postgres"
    account = _account(home)
    name = _relocated_name(data_dir, account)
    if (known := _known_location(data_dir, name)) is not None:
        home = known
    elif not can_enter(data_dir, account) or not fits_socket(home):
        home = _temporary_folder(name, account) / name
    return Placement(data_dir, home, account)


def make_home(placement: Placement) -> None:
    """Creates the 0700 home of the account; a folder of anyone else is an error, not a home."""
    home, account = placement.home, placement.account
    with suppress(FileExistsError):
        home.mkdir(mode=0o700)
    found = home.lstat()
    if stat.S_ISDIR(found.st_mode) and account.demote and found.st_uid == os.geteuid():
        os.chown(home, account.uid, account.gid, follow_symlinks=False)
        found = home.lstat()
    is_private = not found.st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != account.uid or not is_private:
        raise EmbeddedPostgresError(
            f"{home} is not a private folder of user {account.name}; remove it and try again"
        )


def can_enter(folder: Path, account: Account) -> bool:
    """Whether the account may search the folder and all folders above it.

    For another user the mode bits decide (an access list can only make the answer too careful).
    """
    if not account.demote:
        return os.access(folder, os.X_OK)
    return all(_may_search(parent.stat(), account) for parent in (folder, *folder.parents))


def fits_socket(home: Path) -> bool:
    """Whether a socket in this folder has a path that every system accepts."""
    return len(os.fsencode(home / SOCKET_NAME)) <= MAX_SOCKET_PATH


def _account(home: Path) -> Account:
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), demote=False)
    with suppress(FileNotFoundError):  # a cluster runs as its owner, postgres insists on that
        owner = home.lstat()
        if owner.st_uid != 0:
            return Account(owner.st_uid, owner.st_gid, demote=True)
    for name in UNPRIVILEGED_USERS:
        with suppress(KeyError):
            user = pwd.getpwnam(name)
            return Account(user.pw_uid, user.pw_gid, demote=True)
    raise EmbeddedPostgresError(
        "PostgreSQL does not run as root, and there is no user `postgres` or `nobody` to run it:"
        " run the command as an ordinary user, or set DATABASE_URL"
    )


def _relocated_name(data_dir: Path, account: Account) -> str:
    identity = f"{account.uid}:".encode() + os.fsencode(data_dir)
    return f"kenali-diri-{hashlib.sha256(identity).hexdigest()[:12]}"


def _known_location(data_dir: Path, name: str) -> Path | None:
    """The home that an earlier command chose; another TMPDIR must not lead to a second cluster.

    A note copied along with a whole checkout names the original's home and is ignored.
    """
    with suppress(FileNotFoundError):
        noted = Path((data_dir / "postgres.location").read_text(encoding="utf-8").strip())
        if noted.name == name:
            return noted
    return None


def _temporary_folder(name: str, account: Account) -> Path:
    candidates = [Path(tempfile.gettempdir()).resolve(), Path("/tmp")]  # noqa: S108 - home is 0700
    for folder in candidates:
        if folder.is_dir() and can_enter(folder, account) and fits_socket(folder / name):
            return folder
    raise EmbeddedPostgresError(
        f"no temporary folder for PostgreSQL: user {account.name} needs one that it can enter and"
        f" whose path is short (tried {', '.join(map(str, candidates))})"
    )


def _may_search(folder: os.stat_result, account: Account) -> bool:
    if folder.st_uid == account.uid:
        return bool(folder.st_mode & stat.S_IXUSR)
    if folder.st_gid == account.gid:
        return bool(folder.st_mode & stat.S_IXGRP)
    return bool(folder.st_mode & stat.S_IXOTH)
