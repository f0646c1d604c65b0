"""PostgreSQL in short, synchronous units of work that run in a worker thread.

No connection is ever held across an await: a coroutine hands a plain function to `read` or
`transact` and gets its value back when the connection is already in the pool again.
"""

from collections.abc import Callable
from copy import copy
from functools import partial
from typing import Any, TypeVar

import psycopg2
import structlog
from psycopg2 import extensions
from pydantic_core import from_json
from sqlalchemy import Connection, Engine, MetaData, create_engine
from sqlalchemy import exc as sa_exc
from sqlalchemy.engine import make_url
from sqlalchemy.orm import DeclarativeBase

from app.core import metrics
from app.core.errors import DatabaseUnavailable, Overloaded
from app.core.prelude import OPTION, Prelude, Variables, send_with_statements
from app.core.settings import Settings
from app.core.threads import Busy, Hung, WorkerThreads

logger = structlog.get_logger()
T = TypeVar("T")

CONNECT_TIMEOUT_S = 3

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Tables of this service; Alembic migrates them."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)


class GoBase(DeclarativeBase):
    """Tables that Go owns and migrates: we read them. `create_all` serves embedded databases."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)


def psycopg2_url(dsn: str) -> str:
    """SQLAlchemy 2.1 reads `postgresql://` as psycopg 3: name the driver."""
    url = make_url(dsn)
    if url.get_backend_name() not in {"postgresql", "postgres"}:
        raise ValueError("the database URL must begin with postgresql://")
    return url.set(drivername="postgresql+psycopg2").render_as_string(hide_password=False)


class RestingConnection(extensions.connection):
    """Of a unit of work: rests in autocommit, so that a read touches nothing but its statement. A
    transaction is begun by the prelude of its first statement: the driver would begin it with a
    round trip of its own.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        # The driver's own switch. SQLAlchemy's option AUTOCOMMIT would cost each unit a round trip:
        # it sets the session's isolation back with a statement.
        self.autocommit = True

    def commit(self) -> None:
        self._end("COMMIT")

    def rollback(self) -> None:
        self._end("ROLLBACK")

    def _end(self, how: str) -> None:
        """Nothing when no transaction is open; SQLAlchemy's pool asks for it after every unit."""
        if self.get_transaction_status() != extensions.TRANSACTION_STATUS_IDLE:
            with extensions.cursor(self) as cursor:
                cursor.execute(how)


def make_engine(
    settings: Settings, dsn: str, kind: type[extensions.connection] = extensions.connection
) -> Engine:
    """One pool; `jit=off` because never-analysed tables make PostgreSQL compile small joins."""
    timeout_ms = int(settings.db_statement_timeout_s * 1000)
    return create_engine(
        psycopg2_url(dsn),
        pool_size=settings.db_pool_size,
        max_overflow=settings.db_max_overflow,
        pool_timeout=settings.db_pool_timeout_s,
        hide_parameters=True,
        json_deserializer=from_json,
        connect_args={
            "connection_factory": kind,
            "connect_timeout": CONNECT_TIMEOUT_S,
            # A server whose machine vanished frees its threads: what it was sent must be heard.
            "keepalives_idle": 10,
            "keepalives_interval": 3,
            "keepalives_count": 3,
            "tcp_user_timeout": timeout_ms + 5_000,
            "application_name": "kenali-diri",
            "options": f"-c jit=off -c timezone=UTC -c statement_timeout={timeout_ms}",
        },
    )


class Database:
    """The one way to the database. Safe to share by all tasks of a process."""

    def __init__(self, settings: Settings, dsn: str) -> None:
        self.engine = make_engine(settings, dsn, RestingConnection)
        send_with_statements(self.engine)
        wait_s = settings.db_pool_timeout_s
        self.wait_s = wait_s
        longest_s = wait_s + CONNECT_TIMEOUT_S + settings.db_statement_timeout_s
        self._threads = WorkerThreads(settings.db_threads, "db", wait_s, longest_s)
        self._is_patient = False
        metrics.database_connections_limit.set(settings.db_pool_size + settings.db_max_overflow)

    @property
    def is_hung(self) -> bool:
        """Whether PostgreSQL still owes an answer that was given up."""
        return self._threads.is_hung

    def patient(self) -> "Database":
        """The same database for work that outlives its request: it waits for a thread as long as
        it takes, instead of being refused while many people come at once.
        """
        patient = copy(self)
        patient._is_patient = True
        return patient

    async def read(self, work: Callable[[Connection], T], variables: Variables | None = None) -> T:
        """Run reads in autocommit: one round trip a statement. `work` must not write twice.

        `variables` as in `transact`.
        """
        return await self._run(partial(self._read, variables), work)

    async def transact(
        self, work: Callable[[Connection], T], variables: Variables | None = None
    ) -> T:
        """Run `work` in one transaction; its value is returned after the commit.

        `variables` are settings of PostgreSQL by name (`app.some_name`) that hold for this
        transaction only, and cost no round trip of their own.

        An exception rolls back and passes through. Raises Overloaded when no thread gets free
        within DB_POOL_TIMEOUT_S, DatabaseUnavailable when PostgreSQL cannot be reached or hangs: at
        the latest after DB_POOL_TIMEOUT_S, 3 s to connect and DB_STATEMENT_TIMEOUT_S together.
        """
        return await self._run(partial(self._transact, variables), work)

    def _read(self, variables: Variables | None, work: Callable[[Connection], T]) -> T:
        with (
            self.engine.connect() as connection,
            metrics.database_connections_in_use.track_inprogress(),
        ):
            if variables:
                connection.execution_options(**{OPTION: Prelude(variables, is_read=True)})
            return work(connection)

    def _transact(self, variables: Variables | None, work: Callable[[Connection], T]) -> T:
        with (
            self.engine.connect() as connection,
            metrics.database_connections_in_use.track_inprogress(),
            connection.begin(),
        ):
            connection.execution_options(**{OPTION: Prelude(variables or {}, is_read=False)})
            return work(connection)

    async def _run(
        self, unit: Callable[[Callable[[Connection], T]], T], work: Callable[[Connection], T]
    ) -> T:
        try:
            return await self._threads.run(partial(unit, work), patient=self._is_patient)
        except Hung:
            # It accepts and never answers, so that none of its own timeouts is heard. The thread
            # is free again when the connection is; what it was at may still be committed.
            logger.warning("database_unavailable", reason="hung")
            raise DatabaseUnavailable from None
        except (Busy, sa_exc.TimeoutError):
            raise Overloaded from None
        except (sa_exc.DBAPIError, psycopg2.OperationalError) as error:
            if not _is_unreachable(error):
                raise
            reason = type(getattr(error, "orig", error)).__name__
            logger.warning("database_unavailable", reason=reason)
            raise DatabaseUnavailable from None

    def checked_out(self) -> int:
        """Connections in use right now."""
        return self.engine.pool.checkedout()  # type: ignore[attr-defined,no-any-return]  # QueuePool

    def close(self) -> None:
        self._threads.close()
        self.engine.dispose()


def _is_unreachable(error: sa_exc.DBAPIError | psycopg2.OperationalError) -> bool:
    """A connection that is found closed is an InterfaceError, which has other causes too."""
    lost = getattr(error, "connection_invalidated", False)
    return lost or isinstance(error, (sa_exc.OperationalError, psycopg2.OperationalError))
