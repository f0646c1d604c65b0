"""PostgreSQL in short, synchronous units of work that run in a worker thread.

No connection is ever held across an await: a coroutine hands a plain function to `read` or
`transact` and gets its value back when the connection is already in the pool again.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import structlog
from sqlalchemy import Connection, Engine, MetaData, create_engine
from sqlalchemy import exc as sa_exc
from sqlalchemy.engine import make_url
from sqlalchemy.orm import DeclarativeBase

from app.core import metrics
from app.core.errors import DatabaseUnavailable, Overloaded
from app.core.settings import Settings

logger = structlog.get_logger()
T = TypeVar("T")

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


def make_engine(settings: Settings, dsn: str) -> Engine:
    """One pool; `jit=off` because never-analysed tables make PostgreSQL compile small joins."""
    timeout_ms = int(settings.db_statement_timeout_s * 1000)
    return create_engine(
        psycopg2_url(dsn),
        pool_size=settings.db_pool_size,
        max_overflow=settings.db_max_overflow,
        pool_timeout=settings.db_pool_timeout_s,
        hide_parameters=True,
        connect_args={
            "connect_timeout": 3,
            "application_name": "kenali-diri",
            "options": f"-c jit=off -c timezone=UTC -c statement_timeout={timeout_ms}",
        },
    )


class Database:
    """The one way to the database. Safe to share by all tasks of a process."""

    def __init__(self, settings: Settings, dsn: str) -> None:
        self.engine = make_engine(settings, dsn)
        self._single_statement = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._threads = ThreadPoolExecutor(settings.db_threads, thread_name_prefix="db")
        self._free_threads = asyncio.Semaphore(settings.db_threads)
        self._timeout_s = settings.db_pool_timeout_s

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run reads in autocommit: one round trip a statement. `work` must not write twice."""
        return await self._run(self._read, work)

    async def transact(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in one transaction; its value is returned after the commit.

        An exception rolls back and passes through. Raises Overloaded when no thread gets free
        within DB_POOL_TIMEOUT_S, DatabaseUnavailable when PostgreSQL cannot be reached.
        """
        return await self._run(self._transact, work)

    def _read(self, work: Callable[[Connection], T]) -> T:
        with (
            self._single_statement.connect() as connection,
            metrics.database_connections_in_use.track_inprogress(),
        ):
            return work(connection)

    def _transact(self, work: Callable[[Connection], T]) -> T:
        with (
            self.engine.begin() as connection,
            metrics.database_connections_in_use.track_inprogress(),
        ):
            return work(connection)

    async def _run(
        self, unit: Callable[[Callable[[Connection], T]], T], work: Callable[[Connection], T]
    ) -> T:
        try:
            async with asyncio.timeout(self._timeout_s):
                await self._free_threads.acquire()
        except TimeoutError:
            raise Overloaded from None
        future = self._threads.submit(unit, work)
        loop = asyncio.get_running_loop()
        # The place is free when the thread is, even if the waiting task was cancelled meanwhile.
        future.add_done_callback(
            lambda _: loop.is_closed() or loop.call_soon_threadsafe(self._free_threads.release)
        )
        try:
            return await asyncio.wrap_future(future)
        except sa_exc.TimeoutError:
            raise Overloaded from None
        except sa_exc.OperationalError as error:
            logger.warning("database_unavailable", reason=type(error.orig).__name__)
            raise DatabaseUnavailable from None
        except sa_exc.DBAPIError as error:
            if error.connection_invalidated:
                raise DatabaseUnavailable from None
            raise

    def checked_out(self) -> int:
        """Connections in use right now."""
        return self.engine.pool.checkedout()  # type: ignore[attr-defined,no-any-return]  # QueuePool

    def close(self) -> None:
        self._threads.shutdown(wait=True)
        self.engine.dispose()
