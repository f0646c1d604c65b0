"""The embedded PostgreSQL: shared, and stopped with its last lease."""

import subprocess
from pathlib import Path

import pytest

from app.core.embedded import EmbeddedPostgres
from tests.core.embedded.clusters import (
    StartHolder,
    ask,
    keeps_data,
    lease,
    on_linux,
    since,
    supervisor_of,
    works,
)
from tests.support.processes import wait_until

pytestmark = [on_linux, pytest.mark.slow]


class TestLease:
    def test_settings_and_dsn(self, data_dir: Path) -> None:
        with EmbeddedPostgres.lease(data_dir, "odd name") as cluster:
            assert cluster.dsn.startswith("postgresql://postgres@/odd%20name?host=/tmp/")
            assert cluster.dsn in cluster.psql_hint
            settings = {
                name: ask(cluster.dsn, f"SHOW {name}")
                for name in ("listen_addresses", "max_connections", "jit", "fsync")
            }
            assert ask(cluster.dsn, "SELECT datcollate FROM pg_database LIMIT 1") == "C.UTF-8"
        assert list(settings.values()) == ["", "100", "off", "on"]

    def test_second_lease_shares_the_cluster(self, kept: Path) -> None:
        with lease(kept) as first:
            with lease(kept, "another") as second:
                assert since(second.dsn) == since(first.dsn)
                assert second.dsn != first.dsn
            assert since(first.dsn)

    def test_data_survives(self, kept: Path) -> None:
        assert keeps_data(kept)

    def test_port_of_the_environment(self, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PGPORT", "6543")
        assert works(kept)

    def test_two_commands_start_at_once(self, data_dir: Path, holders: StartHolder) -> None:
        both = [holders(data_dir), holders(data_dir)]
        answers = [holder.answer() for holder in both]
        assert answers[0]["since"] == answers[1]["since"]
        assert supervisor_of(data_dir)

    def test_command_that_comes_while_the_supervisor_stops(self, kept: Path) -> None:
        with lease(kept) as cluster:
            before = since(cluster.dsn)
            log, seen = cluster.log_file, cluster.log_file.stat().st_size
        assert wait_until(lambda: b"fast shutdown" in log.read_bytes()[seen:])
        with lease(kept) as cluster:
            assert since(cluster.dsn) != before

    def test_interrupt_of_one_command_leaves_the_other_its_cluster(
        self, kept: Path, holders: StartHolder
    ) -> None:
        starter = holders(kept, stderr=subprocess.DEVNULL)
        before = starter.answer()["since"]
        with lease(kept) as cluster:
            starter.interrupt()
            assert since(cluster.dsn) == before

    def test_log_is_bounded(self, kept: Path) -> None:
        with (kept / "postgres.log").open("wb") as log:
            log.truncate(11 * 1024 * 1024)
        with lease(kept) as cluster:
            assert cluster.log_file.stat().st_size < 100_000
