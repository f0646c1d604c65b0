"""Units of work: one commit, a rollback for every exception, 503 when PostgreSQL is away."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import NoReturn
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.exc import IntegrityError, ProgrammingError

from app.core.database import Database, psycopg2_url
from app.core.errors import DatabaseUnavailable, Overloaded
from app.main import create_app
from tests.conftest import MakeClient, MakeSettings
from tests.support.busy import busy_connection
from tests.support.player import Player, add_user
from tests.support.problems import assert_problem
from tests.support.rows import counts_of

INSERT = text("INSERT INTO users (id, fullname) VALUES (:id, 'Uji')")


@pytest.fixture
async def database(make_settings: MakeSettings, database_dsn: str) -> AsyncIterator[Database]:
    found = Database(make_settings(db_pool_size=2, db_threads=2), database_dsn)
    yield found
    found.close()


@pytest.fixture
async def impatient(make_settings: MakeSettings, database_dsn: str) -> AsyncIterator[Database]:
    settings = make_settings(db_pool_size=2, db_threads=2, db_pool_timeout_s=0.2)
    found = Database(settings, database_dsn)
    yield found
    found.close()


def insert(user_id: UUID) -> Callable[[Connection], UUID]:
    """A unit of work that adds a user."""

    def work(connection: Connection) -> UUID:
        connection.execute(INSERT, {"id": user_id})
        return user_id

    return work


def exists(engine: Engine, user_id: UUID) -> bool:
    with engine.connect() as connection:
        found = connection.execute(text("SELECT 1 FROM users WHERE id = :id"), {"id": user_id})
        return found.first() is not None


class TestUnitOfWork:
    async def test_committed_before_the_value_is_there(
        self, database: Database, engine: Engine
    ) -> None:
        user_id = await database.transact(insert(uuid4()))
        assert exists(engine, user_id)
        assert database.checked_out() == 0

    async def test_an_exception_rolls_back_and_passes_through(
        self, database: Database, engine: Engine
    ) -> None:
        user_id = uuid4()

        def fail(connection: Connection) -> NoReturn:
            insert(user_id)(connection)
            raise KeyError("sesudah menulis")

        with pytest.raises(KeyError):
            await database.transact(fail)
        assert not exists(engine, user_id)
        assert database.checked_out() == 0

    async def test_reads_hold_no_transaction(self, database: Database) -> None:
        """Two statements of a read have two transactions: each sees what was committed last."""

        def times(connection: Connection) -> list[object]:
            return [connection.scalar(text("SELECT now()")) for _ in range(2)]

        first, second = await database.read(times)
        assert first != second
        first, second = await database.transact(times)
        assert first == second

    async def test_a_first_statement_that_fails_leaves_no_transaction_open(
        self, database: Database, engine: Engine
    ) -> None:
        """It is the one that begins the transaction."""
        for _ in range(4):  # each connection, twice
            with pytest.raises(ProgrammingError):
                await database.transact(lambda c: c.execute(text("SELECT nowhere")))
        assert exists(engine, await database.transact(insert(uuid4())))

    async def test_a_first_statement_that_never_left_begins_none(
        self, database: Database, engine: Engine
    ) -> None:
        """The next one does: all that follows is one transaction all the same."""
        user_id = uuid4()

        def fail(connection: Connection) -> NoReturn:
            with suppress(ProgrammingError):
                connection.execute(text("SELECT :value"), {"value": object()})
            insert(user_id)(connection)
            raise KeyError("sesudah menulis")

        with pytest.raises(KeyError):
            await database.transact(fail)
        assert not exists(engine, user_id)

    async def test_a_transaction_without_statements(self, database: Database) -> None:
        assert await database.transact(lambda _: 7) == 7

    async def test_a_cancelled_caller_frees_its_place(self, database: Database) -> None:
        async with busy_connection(database):
            task = asyncio.ensure_future(database.read(lambda c: c.scalar(text("SELECT 1"))))
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        reads = (database.read(lambda c: c.scalar(text("SELECT 1"))) for _ in range(6))
        assert await asyncio.gather(*reads) == [1] * 6

    def test_only_postgresql(self) -> None:
        assert psycopg2_url("postgresql://a:b@h/d") == "postgresql+psycopg2://a:b@h/d"
        with pytest.raises(ValueError, match="postgresql"):
            psycopg2_url("mysql://a:b@h/d")


class TestPoolExhausted:
    async def test_refused_within_its_timeout(self, impatient: Database) -> None:
        async with busy_connection(impatient), busy_connection(impatient):
            started = time.monotonic()
            with pytest.raises(Overloaded):
                await impatient.read(lambda _: None)
            assert 0.2 <= time.monotonic() - started < 1.0
        assert await impatient.read(lambda c: c.scalar(text("SELECT 7"))) == 7

    async def test_patient_work_waits_for_its_turn(self, impatient: Database) -> None:
        async with busy_connection(impatient), busy_connection(impatient):
            patient = asyncio.ensure_future(
                impatient.patient().read(lambda c: c.scalar(text("SELECT 7")))
            )
            with pytest.raises(Overloaded):
                await impatient.read(lambda _: None)
        assert await patient == 7

    async def test_over_http(
        self,
        make_settings: MakeSettings,
        make_client: MakeClient,
        engine: Engine,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr("app.core.health.CHECK_TIMEOUT_S", 0.15)
        settings = make_settings(db_pool_size=1, db_threads=1, db_pool_timeout_s=0.2)
        app = create_app(settings)
        player = Player(await make_client(app), settings, add_user(engine))
        async with busy_connection(app.state.health.database):
            refused = asyncio.ensure_future(player.get("/sessions/abc"))
            started = time.monotonic()
            assert (await player.client.get("/health/live")).status_code == 200
            assert time.monotonic() - started < 0.1
            assert_problem(await refused, 503, "overloaded")
            health = await player.client.get("/health")
            assert (health.status_code, health.json()["status"]) == (200, "degraded")
        assert_problem(await player.get("/sessions/abc"), 404, "session_not_found")


class TestConnectionLost:
    async def test_killed_while_idle(self, database: Database, engine: Engine) -> None:
        killed = await database.read(_backend)
        _terminate(engine, killed)
        with pytest.raises(DatabaseUnavailable):
            await database.read(_backend)
        assert await database.read(_backend) != killed

    async def test_all_of_them_at_once(self, database: Database, engine: Engine) -> None:
        """One failure tells the pool that every older connection is dead too."""
        async with busy_connection(database):
            other = await database.read(_backend)
        both = {other, await database.read(_backend)}
        assert database.engine.pool.checkedin() == 2  # type: ignore[attr-defined]  # QueuePool
        with engine.connect() as connection:
            connection.execute(TERMINATE_ALL, {"name": database.engine.url.database})
        with pytest.raises(DatabaseUnavailable):
            await database.read(_backend)
        found = await asyncio.gather(*(database.read(_backend) for _ in range(4)))
        assert not both & set(found)

    async def test_over_http(self, player: Player, app: FastAPI, engine: Engine) -> None:
        """One 503 with Retry-After, then it recovers by itself; nothing is half written."""
        database: Database = app.state.health.database
        _terminate(engine, await database.read(_backend))
        response = await player.post("/recommendation/start", {"persona_type": "BUILDER"})
        assert_problem(response, 503, "database_unavailable")
        assert counts_of(engine, player.user_id) == {}
        assert (await player.start())["resumed"] is False

    async def test_killed_in_the_middle_of_a_transaction(
        self, database: Database, engine: Engine
    ) -> None:
        user_id = uuid4()

        def suicide(connection: Connection) -> None:
            insert(user_id)(connection)
            connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

        with pytest.raises(DatabaseUnavailable):
            await database.transact(suicide)
        assert not exists(engine, user_id)
        assert exists(engine, await database.transact(insert(uuid4())))


TERMINATE_ALL = text(
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
    " WHERE application_name = 'kenali-diri' AND datname = :name"
)


def _backend(connection: Connection) -> int:
    return int(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())


def _terminate(engine: Engine, pid: int) -> None:
    with engine.connect() as connection:
        kill = text("SELECT pg_terminate_backend(:pid, 5000)")
        assert connection.scalar(kill, {"pid": pid}) is True


class TestCommitFails:
    async def test_never_answers_2xx(self, player: Player, app: FastAPI, engine: Engine) -> None:
        """The connection dies exactly when the transaction is to be committed."""
        database: Database = app.state.health.database

        def kill(connection: Connection) -> None:
            pid = connection.connection.driver_connection.info.backend_pid  # type: ignore[union-attr]
            with engine.connect() as other:
                other.scalar(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})

        event.listen(database.engine, "commit", kill)
        try:
            response = await player.post("/recommendation/start", {"persona_type": "BUILDER"})
        finally:
            event.remove(database.engine, "commit", kill)
        assert_problem(response, 503, "database_unavailable")
        assert counts_of(engine, player.user_id) == {}
        assert (await player.start())["resumed"] is False

    async def test_a_deferred_constraint(self, database: Database) -> None:
        """PostgreSQL may refuse at the commit what every statement was allowed."""

        def duplicate(connection: Connection) -> str:
            connection.execute(
                text(
                    "CREATE TEMP TABLE t (a int UNIQUE DEFERRABLE INITIALLY"
                    " DEFERRED) ON COMMIT DROP"
                )
            )
            connection.execute(text("INSERT INTO t VALUES (1), (1)"))
            return "sukses"

        with pytest.raises(IntegrityError):
            await database.transact(duplicate)
        assert database.checked_out() == 0
