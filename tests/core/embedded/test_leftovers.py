"""The embedded PostgreSQL and what it finds in its data folder."""

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.embedded import EmbeddedPostgresError
from app.core.embedded.placement import Placement, place
from tests.core.embedded.clusters import keeps_data, lease, on_linux

pytestmark = [on_linux, pytest.mark.slow]


class TestLeftovers:
    def test_pid_of_an_innocent_process(self, kept: Path) -> None:
        placement = place(kept)
        with subprocess.Popen(["sleep", "60"]) as innocent:
            try:
                plant_pid(placement, innocent.pid)
                assert keeps_data(kept)
                assert innocent.poll() is None
            finally:
                innocent.kill()

    def test_postgres_of_someone_else_on_our_data(self, kept: Path) -> None:
        placement = place(kept)
        disguised = ["postgres", "-c", "read line", str(placement.pgdata)]
        with subprocess.Popen(disguised, executable="/bin/sh", stdin=subprocess.PIPE) as other:
            plant_pid(placement, other.pid)
            with pytest.raises(EmbeddedPostgresError, match=f"pid {other.pid}"), lease(kept):
                pass
            assert other.poll() is None
            other.communicate(b"\n")

    def test_data_of_another_major_version(self, kept: Path) -> None:
        placement = place(kept)
        with (
            replaced(placement.pgdata / "PG_VERSION", "12\n"),
            pytest.raises(EmbeddedPostgresError) as caught,
            lease(kept),
        ):
            pass
        for part in ("PostgreSQL 12", "PostgreSQL 1", "make clean"):
            assert part in str(caught.value)

    def test_postgres_that_does_not_start_says_why(self, kept: Path) -> None:
        placement = place(kept)
        with (
            replaced(placement.pgdata / "postgresql.conf", "nonsense = 1\n"),
            pytest.raises(EmbeddedPostgresError, match="nonsense"),
            lease(kept),
        ):
            pass


@contextlib.contextmanager
def replaced(path: Path, text: str) -> Iterator[None]:
    """The file with another content, for a while."""
    original = path.read_text()
    path.write_text(text)
    yield
    path.write_text(original)


def plant_pid(placement: Placement, pid: int) -> None:
    """As a power cut leaves it, with a pid that someone else has got since."""
    lines = [pid, placement.pgdata, 1, 5432, placement.home, "", "1 1", "ready"]
    for name in ("data/postmaster.pid", ".s.PGSQL.5432.lock"):
        (placement.home / name).write_text("".join(f"{line}\n" for line in lines))
