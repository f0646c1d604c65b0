"""`python -m app narratives warm`: the whole catalogue, written in as many runs as it takes."""

import os
import pty
import re
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from app.__main__ import main
from app.core.settings import Settings
from tests.conftest import MakeSettings
from tests.support import sim_faults as faults
from tests.support.checkouts import Finished, finished
from tests.support.narratives import CONTENT, asked, times_asked
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.ports import own_port
from tests.support.redis_server import RedisServer
from tests.support.server_process import environment
from tests.support.sim_gate import Gate

COMMAND = (sys.executable, "-m", "app", "narratives", "warm")


@pytest.fixture
def catalogue(engine: Engine) -> set[int]:
    with engine.connect() as connection:
        return set(connection.scalars(text("SELECT id FROM professions")))


@pytest.fixture
def settings(make_settings: MakeSettings, redis_server: RedisServer) -> Settings:
    return make_settings(redis_url=redis_server.url, log_level="ERROR")


def start(settings: Settings, folder: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        COMMAND,
        cwd=folder,
        env=environment(settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def warm(settings: Settings, folder: Path) -> Finished:
    return finished(start(settings, folder))


def attempts(engine: Engine) -> int:
    """Attempts at the content that the usage ledger knows of."""
    query = text("SELECT sum(attempts) FROM model_usage_daily WHERE purpose = :purpose")
    with engine.connect() as connection:
        return int(connection.scalar(query, {"purpose": CONTENT}) or 0)


def summary(written: int, skipped: int, failed: int) -> str:
    counts = f"{written} written, {skipped} skipped, {failed} failed"
    return f"Narratives of sim/model: {counts}\n"


def warm_in_a_terminal(settings: Settings, folder: Path) -> Finished:
    """Standard error is what a terminal showed, without its control sequences."""
    reader, terminal = pty.openpty()
    process = subprocess.Popen(
        COMMAND,
        cwd=folder,
        env={**environment(settings), "TERM": "xterm-256color", "COLUMNS": "100"},
        stdout=subprocess.PIPE,
        stderr=terminal,
        text=True,
    )
    os.close(terminal)
    shown = b""
    with suppress(OSError):  # Linux: the terminal has no writer any more
        while part := os.read(reader, 4096):
            shown += part
    os.close(reader)
    end = finished(process)
    return Finished(end.status, end.out, re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown.decode()))


class TestRefused:
    def test_without_redis(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("APP_ENV", "local")
        monkeypatch.delenv("REDIS_URL", raising=False)
        monkeypatch.setattr("app.core.process.exit_on_sigterm", lambda _: None)
        assert main(["narratives", "warm"]) == 1
        shown = capsys.readouterr()
        assert shown.out == ""
        (line,) = shown.err.splitlines()
        assert line.startswith("kenali-diri: narratives warm needs REDIS_URL")
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("words", [["narratives"], ["narratives", "cool"]])
    def test_wrong_usage(self, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit) as end:
            main(words)
        assert end.value.code == 2
        assert capsys.readouterr().err.startswith("usage: python -m app narratives")

    def test_redis_that_does_not_answer(
        self,
        make_settings: MakeSettings,
        tmp_path: Path,
        sim: OpenRouterSim,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        settings = make_settings(redis_url=f"redis://127.0.0.1:{own_port()}/0")
        monkeypatch.chdir(tmp_path)
        for name, value in environment(settings).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr("app.core.process.exit_on_sigterm", lambda _: None)
        monkeypatch.setattr("app.cli.environment.configure_logging", lambda *_, **__: None)
        assert main(["narratives", "warm"]) == 1
        shown = capsys.readouterr()
        assert shown.err == "kenali-diri: Redis does not answer; see REDIS_URL\n"
        assert "written" not in shown.out
        assert sim.count() == 0


@pytest.mark.slow
class TestWarm:
    def test_what_failed_is_written_next_time_and_a_person_sees_a_bar(
        self,
        settings: Settings,
        tmp_path: Path,
        sim: OpenRouterSim,
        catalogue: set[int],
        engine: Engine,
    ) -> None:
        size, counted = len(catalogue), attempts(engine)
        sim.script(CONTENT, faults.status(400))
        end = warm(settings, tmp_path)
        assert (end.status, end.out) == (1, summary(size - 5, 0, 5))
        assert end.err == "kenali-diri: 5 narratives are missing; run it again to write them\n"
        assert times_asked(sim) == dict.fromkeys(catalogue, 1)
        assert {len(call) for call in asked(sim)} <= {5, size % 5}
        assert attempts(engine) - counted == sim.count()
        sim.reset()
        end = warm_in_a_terminal(settings, tmp_path)
        assert (end.status, end.out) == (0, summary(5, size - 5, 0))
        assert re.search(rf"Narratives \S+ {size}/{size}", end.err)
        assert sim.count() == 1

    def test_ctrl_c_and_again_goes_on(
        self, settings: Settings, tmp_path: Path, sim: OpenRouterSim, catalogue: set[int]
    ) -> None:
        gate = Gate()
        sim.script(CONTENT, *[faults.good] * 3, *[gate.behaviour] * 4)
        process = start(settings, tmp_path)
        assert sim.wait_calls(7, 20.0)
        process.send_signal(signal.SIGINT)
        end = finished(process)
        assert (end.status, end.out, end.err) == (130, summary(15, 0, 0), "")
        gate.open()
        sim.reset()
        end = warm(settings, tmp_path)
        assert (end.status, end.out) == (0, summary(len(catalogue) - 15, 15, 0))
        assert sum(times_asked(sim).values()) == len(catalogue) - 15
