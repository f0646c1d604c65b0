"""A broker, a database of one's own, and the tests' own eyes on both."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, create_engine, text

from app.chat.events.port import Receive
from app.chat.events.rabbitmq import Places, RabbitMQ
from app.chat.events.service import EventService
from app.core.clock import utc_now
from app.core.database import Database, psycopg2_url
from app.core.settings import Settings
from tests.chat.events.eye import Eye, until
from tests.conftest import MakeSettings
from tests.support.databases import as_service, copy_of
from tests.support.rabbitmq_server import RabbitMQServer, require_rabbitmq_server
from tests.support.working import QUICK

Jobs = Callable[[UUID], list[dict[str, Any]]]
StartService = Callable[..., Awaitable[EventService]]


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitMQServer]:
    """One for all tests; each has queues of its own."""
    require_rabbitmq_server()
    with RabbitMQServer(tmp_path_factory.mktemp("rabbitmq")) as server:
        yield server


@pytest.fixture
def places() -> Places:
    mark = uuid4().hex[:8]
    return Places(f"exchange-{mark}", f"chat_events-{mark}", "chat.events")


@pytest.fixture(scope="module")
def events_dsn(server_dsn: str, template: str, worker_id: str) -> Iterator[str]:
    with copy_of(server_dsn, template, f"events_{worker_id}_{os.getpid()}") as dsn:
        yield dsn


@pytest.fixture(scope="module")
def events_engine(events_dsn: str) -> Iterator[Engine]:
    engine = create_engine(psycopg2_url(events_dsn))
    yield engine
    engine.dispose()


@pytest.fixture
def events_settings(
    events_dsn: str, make_settings: MakeSettings, broker: RabbitMQServer, places: Places
) -> Settings:
    """With the broker, as the service's role."""
    return make_settings(
        database_url=as_service(events_dsn),
        rabbitmq_url=broker.url,
        exchange_name=places.exchange,
        chat_queue_name=places.events,
        **QUICK,
    )


@pytest.fixture
def database(events_settings: Settings) -> Iterator[Database]:
    dsn = events_settings.database_dsn()
    assert dsn is not None
    database = Database(events_settings, dsn)
    yield database
    database.close()


@pytest.fixture
def jobs(events_engine: Engine) -> Jobs:
    """What a person's finished assessments have asked for: the arguments of each job."""
    statement = text(
        "SELECT args FROM procrastinate_jobs WHERE task_name = 'open_assessment_conversation'"
        " AND args->>'user_id' = :user ORDER BY id"
    )

    def find(user_id: UUID) -> list[dict[str, Any]]:
        with events_engine.connect() as connection:
            return list(connection.scalars(statement, {"user": str(user_id)}))

    return find


@pytest.fixture
async def start_service(
    broker: RabbitMQServer, places: Places, database: Database
) -> AsyncIterator[StartService]:
    """Services that are linked to the broker when they are given; all stop after the test."""
    running: list[EventService] = []

    async def start(
        receive: Receive | None = None, *, prefetch: int = 20, retry_delay_s: float = 0.1
    ) -> EventService:
        link = RabbitMQ(broker.url, places, prefetch, retry_delay_s)
        service = EventService(database, link, utc_now)
        link.start(receive or service.receive, service.hasten)
        running.append(service)
        await until(link.answers)
        return service

    yield start
    for service in running:
        await service.broker.stop()


@pytest.fixture
async def eye(broker: RabbitMQServer, places: Places) -> AsyncIterator[Eye]:
    found = await Eye.open(broker.url, places)
    yield found
    await found.close()
