"""Two releases, or two commands in one checkout, begin at the same time: one waits."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text

from app.core.database import psycopg2_url
from app.migrations import alone
from tests.conftest import MakeSettings
from tests.support.forked import Forked
from tests.support.server_process import environment

CONCURRENTLY = "CREATE INDEX CONCURRENTLY ix_things ON things (id)"


@pytest.fixture
def engine(empty_dsn: str) -> Iterator[Engine]:
    """As small as a pool can be."""
    engine = create_engine(psycopg2_url(empty_dsn), pool_size=1, max_overflow=0, pool_timeout=1)
    yield engine
    engine.dispose()


def test_both_migrate_an_empty_database(
    empty_dsn: str, make_settings: MakeSettings, tmp_path: Path
) -> None:
    settings = make_settings(database_url=empty_dsn)
    logs = [tmp_path / name for name in ("first.log", "second.log")]
    commands = [Forked(["migrate"], tmp_path, environment(settings), log) for log in logs]
    codes = [command.wait(60) for command in commands]
    said = [log.read_text(encoding="utf-8") for log in logs]
    assert codes == [0, 0], said
    assert all("The database is at the newest revision." in words for words in said)


def test_who_waits_keeps_nobody_waiting(
    empty_dsn: str, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Building an index waits for all statements that are under way."""
    waits, entered, over = threading.Event(), threading.Event(), threading.Event()

    def look_again(seconds: float) -> None:
        waits.set()
        over.wait(seconds)

    monkeypatch.setattr("app.migrations.sleep", look_again)

    def come_second() -> None:
        another = create_engine(psycopg2_url(empty_dsn))
        with alone(another):
            entered.set()
        another.dispose()

    second = threading.Thread(target=come_second)
    with alone(engine):
        second.start()
        assert waits.wait(10)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("SET statement_timeout = '10s'"))
            connection.execute(text("CREATE TABLE things (id bigint)"))
            connection.execute(text(CONCURRENTLY))
        assert not entered.is_set()
    assert entered.wait(10)
    over.set()
    second.join()


def test_who_fails_leaves_it_free(engine: Engine) -> None:
    with pytest.raises(ZeroDivisionError), alone(engine):
        raise ZeroDivisionError
    with alone(engine):
        pass
