"""A database of one's own: another test's jobs would be done, or not be known, here."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest
from sqlalchemy import Engine, create_engine

from app.core.database import Database, psycopg2_url
from app.core.settings import Settings
from app.jobs.handlers import Handlers
from app.jobs.worker import JobWorker
from tests.conftest import MakeSettings
from tests.support.databases import copy_of
from tests.support.working import QUICK

StartWorker = Callable[[Handlers], Awaitable[JobWorker]]


@pytest.fixture(scope="module")
def own_dsn(server_dsn: str, template: str, worker_id: str) -> Iterator[str]:
    with copy_of(server_dsn, template, f"jobs_{worker_id}_{os.getpid()}") as dsn:
        yield dsn


@pytest.fixture(scope="module")
def own_engine(own_dsn: str) -> Iterator[Engine]:
    engine = create_engine(psycopg2_url(own_dsn))
    yield engine
    engine.dispose()


@pytest.fixture
def quick(own_dsn: str, make_settings: MakeSettings) -> Settings:
    return make_settings(database_url=own_dsn, **QUICK)


@pytest.fixture
def database(quick: Settings, own_dsn: str) -> Iterator[Database]:
    database = Database(quick, own_dsn)
    yield database
    database.close()


@pytest.fixture
async def start_worker(
    quick: Settings, own_dsn: str, database: Database
) -> AsyncIterator[StartWorker]:
    """Workers that begin at once and stop after the test."""
    workers: list[JobWorker] = []

    async def start(handlers: Handlers) -> JobWorker:
        worker = JobWorker(quick, own_dsn, database, handlers)
        worker.start()
        workers.append(worker)
        return worker

    yield start
    for worker in workers:
        await worker.stop()
