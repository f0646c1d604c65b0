"""The folder in which the workers of one server count together."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.core.process import is_alive
from app.core.settings import share_metrics_folder

PREFIX = "kenali-diri-metrics-"


@contextmanager
def shared_metrics() -> Iterator[Path]:
    """An empty folder of this server's own, named to its workers; gone after the block.

    Workers must start inside the block: prometheus-client looks for the folder when it is
    imported. Folders of our servers that were killed go first.
    """
    remove_leftovers(Path(tempfile.gettempdir()))
    with tempfile.TemporaryDirectory(
        prefix=f"{PREFIX}{os.getpid()}-", ignore_cleanup_errors=True
    ) as folder:
        share_metrics_folder(Path(folder))
        yield Path(folder)


def remove_leftovers(place: Path) -> None:
    """Only what is ours and whose server is gone."""
    for folder in place.glob(f"{PREFIX}*-*"):
        pid = folder.name.removeprefix(PREFIX).partition("-")[0]
        if pid.isdigit() and not is_alive(int(pid)) and folder.stat().st_uid == os.getuid():
            shutil.rmtree(folder, ignore_errors=True)
