"""Our own events on the broker: what people are notified of, none lost."""

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from pydantic import SecretStr
from sqlalchemy import Connection, Engine, text

from app.chat.events.outbox import announce_all
from app.chat.events.outgoing import notification_event, wait_of
from app.chat.events.port import BrokerUnavailable, Outgoing
from app.chat.notifications.repository import publish
from app.chat.notifications.stages import chatbot_ready, message_completed
from app.core.database import Database
from app.core.settings import Settings
from app.main import create_app
from tests.chat.events.conftest import StartService
from tests.chat.events.eye import Eye
from tests.conftest import MakeClient
from tests.support.player import add_user
from tests.support.ports import own_port

READY = chatbot_ready("3f2b8c1e", "c1")


def waiting(engine: Engine, user_id: UUID) -> int:
    """Announcements that are not made."""
    statement = text("SELECT count(*) FROM procrastinate_jobs WHERE args->>'user_id' = :user")
    with engine.connect() as connection:
        return int(connection.scalar(statement, {"user": str(user_id)}) or 0)


class TestEvent:
    def test_says_what_the_person_was_told_and_who_it_was(self) -> None:
        user = uuid4()
        at = datetime(2026, 11, 20, 8, tzinfo=UTC)
        event = notification_event(41, user, "chatbot_ready", READY.payload, at)
        body = json.loads(event.body)
        assert (event.message_id, event.kind) == ("notification-41", "chat.notification")
        assert body == {
            "event": "chat.notification",
            "id": 41,
            "user_id": str(user),
            "stage": "chatbot_ready",
            "title": "Penasihat kariermu siap",
            "message": "Yuk, ngobrol tentang hasilmu. Sudah ada beberapa pertanyaan untuk memulai.",
            "progress": 100,
            "assessmentId": "3f2b8c1e",
            "action": {"type": "redirect", "url": "/assessment/3f2b8c1e/results"},
            "conversation_id": "c1",
            "message_id": None,
            "timestamp": "2026-11-20T08:00:00Z",
        }

    @pytest.mark.parametrize(("age", "wait"), [(0, 5), (5, 5), (60, 60), (600, 600), (9e6, 600)])
    def test_waits_as_long_as_it_has_waited(self, age: float, wait: float) -> None:
        assert wait_of(timedelta(seconds=age)) == timedelta(seconds=wait)


class TestOutbox:
    async def test_an_announcement_stands_and_falls_with_its_notification(
        self, database: Database, events_engine: Engine
    ) -> None:
        announce_all(database.engine)
        user = add_user(events_engine)

        def fail(connection: Connection) -> None:
            publish(connection, user, READY)
            raise KeyError("a failure after it")

        with pytest.raises(KeyError):
            await database.transact(fail)
        assert waiting(events_engine, user) == 0
        await database.transact(lambda c: publish(c, user, READY, message_completed("c1", "m1")))
        assert waiting(events_engine, user) == 2

    async def test_without_a_broker_nothing_is_announced(
        self, database: Database, events_engine: Engine
    ) -> None:
        user = add_user(events_engine)
        await database.transact(lambda c: publish(c, user, READY))
        assert waiting(events_engine, user) == 0


class TestOutlet:
    async def test_a_server_without_a_worker_knocks_at_the_door(
        self, events_settings: Settings, make_client: MakeClient
    ) -> None:
        client = await make_client(create_app(events_settings))
        there = (await client.get("/health")).json()
        nowhere = events_settings.model_copy(
            update={"rabbitmq_url": SecretStr(f"amqp://guest:guest@127.0.0.1:{own_port()}/")}
        )
        client = await make_client(create_app(nowhere))
        away = (await client.get("/health")).json()
        assert there["dependencies"]["rabbitmq"] == {"status": "healthy"}
        assert away["dependencies"]["rabbitmq"] == {"status": "degraded"}
        assert away["status"] == "degraded"

    async def test_an_unconfirmed_event_is_not_sent(
        self, eye: Eye, start_service: StartService
    ) -> None:
        """The queue of events was deleted: the broker takes the message, and has nobody for it."""
        service = await start_service()
        async with eye.connection.channel() as channel:
            await channel.queue_delete(eye.places.events)
        with pytest.raises(BrokerUnavailable):
            await service.broker.publish(Outgoing("m", "k", b"{}"))
