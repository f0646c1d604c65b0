"""File locks that the kernel releases when their holder ends, kill -9 included.

A lock belongs to the open file: it passes to a process that inherits the descriptor, and ends when
the last copy is closed.
"""

import contextlib
import fcntl
import os
import time
from pathlib import Path

from app.core.embedded.errors import EmbeddedPostgresError

SHARED = fcntl.LOCK_SH
EXCLUSIVE = fcntl.LOCK_EX
_POLL_SECONDS = 0.01


def open_file(path: Path) -> int:
    """A descriptor of the lock file, which is made if missing; it holds no lock yet."""
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        return os.open(path, flags, 0o600)
    except OSError as error:
        raise EmbeddedPostgresError(
            f"cannot open {path}: {error.strerror}. The folder must be writable and its files"
            " yours: run the command as their owner, or remove them (make clean)."
        ) from error


def hold(descriptor: int, mode: int) -> bool:
    """Whether the descriptor holds the lock now; False at once when someone else is in the way."""
    try:
        fcntl.flock(descriptor, mode | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def let_go(descriptor: int) -> None:
    """Frees the lock of this open file, for all its copies."""
    fcntl.flock(descriptor, fcntl.LOCK_UN)


def is_current(descriptor: int, path: Path) -> bool:
    """Whether the path still names the open file: a lock on a removed file binds nobody."""
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    return False


def try_lock(path: Path, mode: int) -> int | None:
    """An open descriptor that holds the lock, or None when someone else is in the way."""
    descriptor = open_file(path)
    # A file that `make clean` removed between open and lock is no lock.
    if hold(descriptor, mode) and is_current(descriptor, path):
        return descriptor
    os.close(descriptor)
    return None


def wait_for_lock(path: Path, mode: int, seconds: float) -> int | None:
    """Like `try_lock`, again and again for so many seconds."""
    deadline = time.monotonic() + seconds
    while (descriptor := try_lock(path, mode)) is None and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
    return descriptor
