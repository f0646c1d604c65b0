"""The embedded PostgreSQL after the death of anyone who takes part."""

import contextlib
import os
import shutil
import signal
from pathlib import Path

import psycopg2
import pytest

from app.core.embedded.placement import place
from tests.core.embedded.clusters import (
    StartHolder,
    ask,
    is_all_gone,
    keeps_data,
    lease,
    on_linux,
    postmaster_of,
    since,
    supervisor_of,
    works,
)
from tests.support.processes import is_running, wait_until

pytestmark = [on_linux, pytest.mark.slow]


class TestKilled:
    def test_holder(self, kept: Path, holders: StartHolder) -> None:
        holder = holders(kept)
        holder.answer()
        holder.kill()
        assert is_all_gone(kept)
        assert works(kept)

    def test_supervisor(self, kept: Path) -> None:
        with lease(kept):
            os.kill(supervisor_of(kept), signal.SIGKILL)
            assert is_all_gone(kept)
            assert keeps_data(kept)

    def test_supervisor_and_a_command_comes_at_once(self, kept: Path) -> None:
        with lease(kept) as old:
            before = since(old.dsn)
            supervisor = supervisor_of(kept)
            os.kill(supervisor, signal.SIGKILL)
            assert wait_until(lambda: not is_running(supervisor))
            with lease(kept) as new:
                assert wait_until(lambda: since_or_none(new.dsn) not in (None, before))

    def test_supervisor_in_the_middle_of_initdb(self, data_dir: Path, holders: StartHolder) -> None:
        holders(data_dir)
        data_dir.mkdir(exist_ok=True)
        making = place(data_dir).home / "data.making" / "base"
        assert wait_until(making.exists)
        os.kill(supervisor_of(data_dir), signal.SIGKILL)
        assert works(data_dir)
        assert not making.parent.exists()

    def test_postgres(self, kept: Path) -> None:
        with lease(kept) as cluster:
            os.kill(postmaster_of(kept), signal.SIGKILL)
            assert is_all_gone(kept)
            with pytest.raises(psycopg2.OperationalError):
                ask(cluster.dsn, "SELECT 1")
            assert keeps_data(kept)

    def test_supervisor_is_asked_to_stop(self, kept: Path) -> None:
        with lease(kept):
            os.kill(supervisor_of(kept), signal.SIGTERM)
            assert is_all_gone(kept)
        assert "database system is shut down" in (kept / "postgres.log").read_text()

    def test_data_folder_is_removed(self, data_dir: Path) -> None:
        with lease(data_dir):
            shutil.rmtree(data_dir, ignore_errors=True)
            assert is_all_gone(data_dir)


def since_or_none(dsn: str) -> str | None:
    with contextlib.suppress(psycopg2.OperationalError):
        return since(dsn)
    return None
