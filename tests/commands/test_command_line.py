"""`python -m app`: what a person meets; 0, or 1 with one clear line."""

import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import jwt
import pytest

from app.__main__ import main
from app.core.embedded.placement import place
from tests.support.checkouts import Checkout

COMMANDS = ("serve", "migrate", "seed", "token", "demo", "narratives", "rescore", "users", "forget")
USER = uuid4()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty working directory, in which nothing is set."""
    monkeypatch.chdir(tmp_path)
    for name in ("APP_ENV", "DATABASE_URL", "DB_HOST", "JWT_SECRET", "JWT_PUBLIC_KEY", "PORT"):
        monkeypatch.delenv(name, raising=False)
    yield tmp_path
    assert not (tmp_path / ".data" / "postgres").exists()


@pytest.fixture
def local(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APP_ENV", "local")


class TestHelp:
    @pytest.mark.parametrize("command", COMMANDS)
    def test_of_each_command(self, command: str, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit) as end:
            main([command, "--help"])
        assert end.value.code == 0
        assert f"python -m app {command}" in capsys.readouterr().out

    def test_lists_the_commands(self, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit):
            main(["--help"])
        out = capsys.readouterr().out
        assert all(re.search(rf"\n    {command}\s", out) for command in COMMANDS)

    @pytest.mark.parametrize("wrong", [[], ["nonsense"], ["serve", "--port", "x"], ["token"]])
    def test_wrong_usage(self, wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit) as end:
            main(wrong)
        assert end.value.code == 2
        assert capsys.readouterr().err.startswith("usage: python -m app")


@pytest.mark.usefixtures("local")
class TestToken:
    def test_is_signed_with_the_secret_of_the_data_folder(
        self, folder: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        tokens = []
        for hours in ("24", "2"):
            assert main(["token", "--user", str(USER), "--hours", hours]) == 0
            tokens.append(capsys.readouterr().out.strip())
        secret = folder / ".data" / "jwt_secret"
        assert secret.stat().st_mode & 0o777 == 0o600
        claims = [jwt.decode(token, secret.read_text(), ["HS256"]) for token in tokens]
        assert {claim["sub"] for claim in claims} == {str(USER)}
        lifetimes = [
            datetime.fromtimestamp(claim["exp"], UTC) - datetime.now(UTC) for claim in claims
        ]
        assert timedelta(hours=23.9) < lifetimes[0] <= timedelta(hours=24)
        assert timedelta(hours=1.9) < lifetimes[1] <= timedelta(hours=2)

    def test_data_folder_that_is_a_file(
        self, folder: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (folder / ".data").touch()
        assert main(["token", "--user", str(USER)]) == 1
        assert capsys.readouterr().err == (
            "kenali-diri: cannot use .data/jwt_secret: File exists\n"
        )


class TestLocalOnly:
    @pytest.mark.parametrize("command", [["token", "--user", str(USER)], ["forget"], ["demo"]])
    @pytest.mark.parametrize("mode", ["production", "staging"])
    def test_refused(
        self,
        command: list[str],
        mode: str,
        folder: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        monkeypatch.setenv("APP_ENV", mode)
        monkeypatch.setattr("app.core.process.exit_on_sigterm", lambda _: None)
        assert main(command) == 1
        shown = capsys.readouterr()
        assert shown.out == ""
        assert shown.err == "kenali-diri: this command works with APP_ENV=local only\n"
        assert list(folder.iterdir()) == []


class TestSettings:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("APP_ENV", "prod"),
            ("PORT", "eight"),
            ("PORT", "70000"),
            ("LOG_LEVEL", "LOUD"),
            ("DB_POOL_SIZE", "0"),
            ("RIASEC_FORM", "medium"),
            ("DATABASE_URL", "nonsense"),
            ("DATABASE_URL", "mysql://me:geheim@there/it"),
            ("DATABASE_URL", "postgresql://me:geheim@there:port/it"),
        ],
    )
    @pytest.mark.usefixtures("local")
    def test_wrong_value_is_one_line_that_names_it(
        self,
        name: str,
        value: str,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        monkeypatch.setenv(name, value)
        monkeypatch.setattr("app.cli.environment.configure_logging", lambda *_, **__: None)
        assert main(["migrate"]) == 1
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith(f"kenali-diri: setting {name}: ")
        assert "geheim" not in line

    def test_values_that_do_not_fit_each_other(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("DB_THREADS", "50")
        assert main(["migrate"]) == 1
        assert capsys.readouterr().err == (
            "kenali-diri: settings: DB_THREADS must not exceed DB_POOL_SIZE + DB_MAX_OVERFLOW\n"
        )

    @pytest.mark.parametrize("command", ["serve", "migrate", "seed"])
    def test_production_names_what_is_missing(
        self,
        command: str,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        monkeypatch.setattr("app.core.process.exit_on_sigterm", lambda _: None)
        assert main([command]) == 1
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith("kenali-diri: ")
        assert "JWT_SECRET or JWT_PUBLIC_KEY must be set" in line
        assert "DATABASE_URL or DB_HOST must be set" in line


@pytest.mark.slow
class TestDatabase:
    def test_migrate_and_seed_twice_then_forget(self, checkout: Checkout) -> None:
        """A data folder of its own; the second time nothing is left to do."""
        data_dir = checkout.path / "own data"
        local = {"APP_ENV": "local", "DATA_DIR": str(data_dir)}

        def app(command: str) -> str:
            end = checkout.run(".venv/bin/python", "-m", "app", command, env=local)
            assert (end.status, end.err) == (0, "")
            return end.out

        assert app("migrate") == app("migrate") == "The database is at the newest revision.\n"
        first, second = (dict(re.findall(r"(\w+): (\d+) added\n", app("seed"))) for _ in "12")
        assert first["riasec_codes"] == "156"
        assert int(first["professions"]) >= 40
        assert second == dict.fromkeys(first, "0")
        home = place(data_dir).home
        assert home.exists()
        assert app("forget") == "The embedded database is removed.\n"
        assert not home.exists()
        assert checkout.is_quiet(), checkout.leftovers()

    def test_exit_status_of_the_process(self, checkout: Checkout) -> None:
        end = checkout.run(sys.executable, "-m", "app", "serve")
        assert end.status == 1
        assert end.err.startswith("kenali-diri: JWT_SECRET or JWT_PUBLIC_KEY must be set; ")
        assert end.err.count("\n") == 1
