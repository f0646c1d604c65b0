"""A broker that is absent at start, and one that is killed and started again: nothing is lost."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import httpx
import pytest
from aio_pika import DeliveryMode
from aio_pika.abc import AbstractIncomingMessage
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import Engine, text

from app.chat.events.port import Received
from app.chat.events.rabbitmq import Places
from app.chat.events.service import EventService
from app.chat.notifications.repository import publish
from app.chat.notifications.stages import Stage, chatbot_ready, message_completed
from app.core.database import Database
from app.core.settings import Settings
from app.main import create_app
from tests.chat.events.conftest import StartService
from tests.chat.events.eye import Eye, snake, until, until_there
from tests.conftest import MakeClient
from tests.support.player import add_user
from tests.support.ports import own_port
from tests.support.rabbitmq_server import RabbitMQServer

READY = chatbot_ready("3f2b8c1e", "c1")


@asynccontextmanager
async def forwarding(port: int, target: int) -> AsyncIterator[None]:
    """The broker at another port, for as long as the block lasts."""

    async def copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while data := await source.read(65536):
            sink.write(data)
        sink.close()

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", target)
        await asyncio.gather(copy(reader, back), copy(there, writer))

    async with await asyncio.start_server(connect, "127.0.0.1", port):
        yield


async def state_of(client: httpx.AsyncClient) -> str:
    found = await client.get("/health")
    assert found.status_code == 200  # the database alone makes it unhealthy
    return str(found.json()["dependencies"]["rabbitmq"]["status"])


async def is_away(service: EventService) -> bool:
    return not await service.broker.answers()


async def is_done(engine: Engine, user_id: UUID) -> bool:
    """No announcement of theirs waits."""
    statement = text(
        "SELECT count(*) FROM procrastinate_jobs"
        " WHERE task_name = 'announce_notification' AND args->>'user_id' = :user"
    )
    with engine.connect() as connection:
        return bool(connection.scalar(statement, {"user": str(user_id)}) == 0)


def accepted(engine: Engine, user_id: UUID) -> list[str]:
    """The messages about this person that were accepted, each with its job."""
    statement = text(
        "SELECT message_id FROM chat.received_events"
        " WHERE starts_with(message_id, :user) ORDER BY received_at"
    )
    with engine.connect() as connection:
        return list(connection.scalars(statement, {"user": str(user_id)}))


async def event_of(eye: Eye, user_id: UUID) -> AbstractIncomingMessage:
    """The next one about this person: those of other tests are sent here too."""
    while True:
        message = await eye.next_of(eye.places.events)
        if json.loads(message.body)["user_id"] == str(user_id):
            return message


@pytest.fixture
def working(events_settings: Settings) -> Settings:
    return events_settings.model_copy(update={"worker_in_serve": True})


def database_of(app: FastAPI) -> Database:
    database: Database = app.state.chat.events._database
    return database


async def test_absent_at_start_the_process_serves_and_tells_later(
    working: Settings,
    broker: RabbitMQServer,
    places: Places,
    make_client: MakeClient,
    events_engine: Engine,
) -> None:
    port = own_port()
    url = SecretStr(f"amqp://guest:guest@127.0.0.1:{port}/")
    app = create_app(working.model_copy(update={"rabbitmq_url": url}))
    client = await make_client(app)
    user = add_user(events_engine)
    await database_of(app).transact(lambda c: publish(c, user, READY))
    assert await state_of(client) == "degraded"

    async def is_healthy() -> bool:
        return await state_of(client) == "healthy"

    async with forwarding(port, broker.port):
        await until(is_healthy)
        eye = await Eye.open(broker.url, places)
        told = await event_of(eye, user)
        assert json.loads(told.body)["stage"] == Stage.CHATBOT_READY
        assert (told.type, told.content_type) == ("chat.notification", "application/json")
        assert told.delivery_mode == DeliveryMode.PERSISTENT
        assert (told.message_id or "").startswith("notification-")
        await until(lambda: is_done(events_engine, user))
        await eye.close()


async def test_a_restart_loses_nothing(
    working: Settings,
    broker: RabbitMQServer,
    places: Places,
    make_client: MakeClient,
    start_service: StartService,
    events_engine: Engine,
) -> None:
    """In hand when the broker goes, waiting in its queue, and told while it is away."""
    holding, gone = asyncio.Event(), asyncio.Event()

    async def receive(received: Received) -> bool:
        holding.set()
        await gone.wait()
        return await service.receive(received)

    service = await start_service(receive=receive, prefetch=1)
    eye = await Eye.open(broker.url, places)
    user = add_user(events_engine)
    for assessment in ("in-hand", "waiting"):
        await eye.tell(snake(user, assessment), message_id=f"{user}-{assessment}")
    await holding.wait()
    await asyncio.to_thread(broker.kill)
    await until(lambda: is_away(service))
    gone.set()
    await until_there(lambda: accepted(events_engine, user), 1)  # and nobody there to be told so
    app = create_app(working)
    client = await make_client(app)
    news = (READY, message_completed("c1", "m1"))
    await database_of(app).transact(lambda c: publish(c, user, *news))
    assert await state_of(client) == "degraded"
    await asyncio.to_thread(broker.start)
    eye = await Eye.open(broker.url, places)
    stages = {json.loads((await event_of(eye, user)).body)["stage"] for _ in news}
    assert stages == {"chatbot_ready", "message_completed"}
    await until_there(lambda: accepted(events_engine, user), 2)
    await until(lambda: eye.is_empty(places.analyses))
    assert accepted(events_engine, user) == [f"{user}-in-hand", f"{user}-waiting"]
    await eye.close()
