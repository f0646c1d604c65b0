"""Where the embedded PostgreSQL lives, and as whom it runs."""

import os
import pwd
import shutil
import stat
import sys
import tempfile
from pathlib import Path

import pytest

from app.core.embedded import EmbeddedPostgres, EmbeddedPostgresError
from app.core.embedded.placement import Account, can_enter, fits_socket, place
from tests.core.embedded.clusters import (
    IS_ROOT,
    PROJECT,
    StartHolder,
    as_root,
    is_all_gone,
    keeps_data,
    lease,
    made_and_left,
    on_linux,
    supervisor_of,
)

pytestmark = on_linux


class TestPlacement:
    @pytest.mark.slow
    def test_private_home(self, kept: Path) -> None:
        home = place(kept).home
        assert home.parent == kept
        assert stat.S_IMODE(home.stat().st_mode) == 0o700
        assert (home.stat().st_uid != 0) or not IS_ROOT

    @pytest.mark.slow
    def test_path_too_long_for_a_socket(
        self, checkout: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        data_dir = checkout / "a folder with é" / ("x" * 90) / ".data"
        home = made_and_left(data_dir).home
        assert fits_socket(home)
        assert stat.S_IMODE(home.stat().st_mode) == 0o700
        assert keeps_data(data_dir)
        monkeypatch.setattr(tempfile, "tempdir", str(checkout))
        assert place(data_dir).home == home, "another TMPDIR is no reason for a second cluster"
        copied = checkout / "copied" / ".data"
        shutil.copytree(data_dir, copied)
        assert place(copied).home != home

    @pytest.mark.slow
    def test_data_folder_is_removed_and_later_forgotten(
        self, checkout: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        data_dir = checkout / ("x" * 100) / ".data"
        home = made_and_left(data_dir).home
        shutil.rmtree(data_dir)
        assert not keeps_data(data_dir)
        with lease(data_dir), monkeypatch.context() as patience:
            patience.setattr("app.core.embedded.lease.FORGET_SECONDS", 0.1)
            with pytest.raises(EmbeddedPostgresError, match="stop it first"):
                EmbeddedPostgres.forget(data_dir)
        EmbeddedPostgres.forget(data_dir)
        assert not home.exists()
        assert list(data_dir.iterdir()) == []
        EmbeddedPostgres.forget(checkout / "never")

    def test_home_that_others_may_enter(self, checkout: Path) -> None:
        data_dir = checkout / ("x" * 100) / ".data"
        data_dir.mkdir(parents=True)
        planted = place(data_dir).home
        planted.mkdir()
        planted.chmod(0o777)
        try:
            with pytest.raises(EmbeddedPostgresError, match="private"), lease(data_dir):
                pass
        finally:
            planted.rmdir()

    def test_data_folder_that_cannot_be_made(self, checkout: Path) -> None:
        (checkout / "file").touch()
        with pytest.raises(EmbeddedPostgresError, match="cannot make"), lease(checkout / "file/d"):
            pass

    @pytest.mark.slow
    @as_root
    def test_root_in_a_private_checkout(self, checkout: Path) -> None:
        private = checkout / "home"
        private.mkdir(mode=0o700)
        home = made_and_left(private / ".data").home
        assert not home.is_relative_to(checkout)
        assert home.stat().st_uid != 0
        assert stat.S_IMODE(private.stat().st_mode) == 0o700

    @pytest.mark.slow
    @as_root
    def test_ordinary_user(self, checkout: Path, holders: StartHolder) -> None:
        nobody = pwd.getpwnam("nobody")
        account = Account(nobody.pw_uid, nobody.pw_gid, demote=True)
        python = interpreter_for(account)
        os.chown(checkout, nobody.pw_uid, nobody.pw_gid)
        data_dir = checkout / ".data"
        user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        holder = holders(data_dir, python=python, **user)
        answer = holder.answer()
        assert f"host={data_dir}/postgres" in answer["dsn"]
        assert Path(f"/proc/{supervisor_of(data_dir)}").stat().st_uid == nobody.pw_uid
        holder.kill()
        assert is_all_gone(data_dir)

    @as_root
    def test_folders_above_count(self, checkout: Path) -> None:
        account = place(checkout).account
        (checkout / "shut").mkdir(mode=0o700)
        (checkout / "shut" / "open").mkdir()
        assert can_enter(checkout, account)
        assert not can_enter(checkout / "shut" / "open", account)


def interpreter_for(account: Account) -> str:
    """A Python of our version that the account can run; skips the test if there is none."""
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for candidate in (Path(sys.executable), Path("/usr/local/bin", name), Path("/usr/bin", name)):
        real = candidate.resolve()
        if real.exists() and can_enter(real.parent, account) and can_enter(PROJECT, account):
            return str(candidate)
    pytest.skip("no Python that an ordinary user can run")
