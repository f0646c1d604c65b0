"""What is older than CHAT_RETENTION_DAYS goes, in batches; what is younger stays as it was."""

import asyncio
import os
from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, create_engine, event, text
from structlog.testing import capture_logs

from app.chat.retention.repository import PURGES
from app.chat.retention.service import RetentionService
from app.core.clock import utc_now
from app.core.database import Database, psycopg2_url
from app.core.settings import Settings
from tests.chat.chatter import counts
from tests.conftest import MakeSettings
from tests.support.databases import as_service, copy_of
from tests.support.player import add_user

DAYS = 365
ROWS = """
    INSERT INTO chat.conversations (id, user_id, created_at, updated_at)
        VALUES (:talk, :user, {at}, {changed});
    INSERT INTO chat.messages (conversation_id, user_id, sender_type, content, turn_number, version,
        created_at) SELECT :talk, :user, 'user', 'isi', n, 0, {at} FROM generate_series(1, 25) n;
    INSERT INTO chat.usage_tracking (conversation_id, user_id, message_id, model_used, created_at)
        SELECT :talk, :user, id, 'sim/model', {at} FROM chat.messages
        WHERE conversation_id = :talk AND created_at = {at};
    INSERT INTO chat.notifications (user_id, stage, payload, created_at)
        SELECT :user, 'interim', '{{}}', {at} FROM generate_series(1, 25);
    INSERT INTO chat.audit_log (user_id, actor, action, object, created_at)
        SELECT :user, 'user', 'send', 'message:x', {at} FROM generate_series(1, 25);
    INSERT INTO chat.received_events (message_id, received_at)
        SELECT :user || ':' || n, {at} FROM generate_series(1, 25) n
"""
OLD, YOUNG = f"now() - interval '{DAYS} days 1 minute'", f"now() - interval '{DAYS - 1} days'"
ALL = dict.fromkeys(("messages", "usage_tracking", "notifications", "audit_log"), 25)


@pytest.fixture(scope="module")
def own_dsn(server_dsn: str, template: str, worker_id: str) -> Iterator[str]:
    """A purge is of everybody: other tests keep their rows."""
    with copy_of(server_dsn, template, f"retention_{worker_id}_{os.getpid()}") as dsn:
        yield dsn


@pytest.fixture
def own_engine(own_dsn: str) -> Iterator[Engine]:
    engine = create_engine(psycopg2_url(own_dsn))
    yield engine
    engine.dispose()


@pytest.fixture
def own_settings(own_dsn: str, make_settings: MakeSettings) -> Settings:
    return make_settings(database_url=as_service(own_dsn))


@pytest.fixture
def database(own_settings: Settings) -> Iterator[Database]:
    database = Database(own_settings, str(own_settings.database_dsn()))
    yield database
    database.close()


def fill(engine: Engine, at: str, changed: str | None = None) -> UUID:
    """A user whose rows are of that age; `changed`: of the conversation itself."""
    user = add_user(engine)
    values = {"user": user, "talk": uuid4()}
    with engine.begin() as connection:
        for statement in ROWS.format(at=at, changed=changed or at).split(";"):
            connection.execute(text(statement), values)
    return user


def remembered(engine: Engine, user: UUID) -> int:
    statement = text("SELECT count(*) FROM chat.received_events WHERE starts_with(message_id, :u)")
    with engine.connect() as connection:
        return int(connection.scalar(statement, {"u": str(user)}) or 0)


async def until_somebody_waits(engine: Engine) -> None:
    """For a lock, in this database."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    async with asyncio.timeout(10):
        while True:
            with engine.connect() as connection:
                if connection.scalar(waiting):
                    return
            await asyncio.sleep(0.02)


class TestPurge:
    async def test_the_old_goes_and_the_young_stays(
        self, database: Database, own_engine: Engine
    ) -> None:
        old, young = fill(own_engine, OLD), fill(own_engine, YOUNG)
        with capture_logs() as logs:
            await RetentionService(database, utc_now, DAYS).purge()
        assert set(counts(own_engine, old).values()) == {0}
        assert counts(own_engine, young) == {"conversations": 1, **ALL}
        assert (remembered(own_engine, old), remembered(own_engine, young)) == (0, 25)
        (told,) = [entry for entry in logs if entry["event"] == "chat_purged"]
        assert {name: told[name] for name in PURGES} == {
            **dict.fromkeys(PURGES, 25),
            "erased_usage": 0,  # nobody of them was erased
            "conversations": 1,
        }

    async def test_a_talk_that_goes_on_keeps_what_is_young(
        self, database: Database, own_engine: Engine
    ) -> None:
        user = fill(own_engine, OLD, changed="now()")
        await RetentionService(database, utc_now, DAYS).purge()
        left = counts(own_engine, user)
        assert (left["conversations"], left["messages"], left["usage_tracking"]) == (1, 0, 0)

    async def test_a_talk_that_is_taken_up_just_now_stays(
        self, database: Database, own_engine: Engine
    ) -> None:
        """The purge has chosen it, and waits for the one who writes."""
        user = fill(own_engine, OLD)
        taken_up = text("UPDATE chat.conversations SET updated_at = now() WHERE user_id = :user")
        with own_engine.begin() as connection:
            connection.execute(taken_up, {"user": user})
            purge = asyncio.create_task(RetentionService(database, utc_now, DAYS).purge())
            await until_somebody_waits(own_engine)
        await purge
        assert counts(own_engine, user)["conversations"] == 1

    async def test_never_more_than_a_batch_at_once(
        self, database: Database, own_engine: Engine
    ) -> None:
        user = fill(own_engine, OLD)
        sizes: list[int] = []

        @event.listens_for(database.engine, "after_cursor_execute")
        def note(_connection, cursor, statement, *_: object) -> None:  # type: ignore[no-untyped-def]
            if "DELETE" in statement:
                sizes.append(cursor.rowcount)

        await RetentionService(database, utc_now, DAYS, batch=10).purge()
        assert set(counts(own_engine, user).values()) == {0}
        assert max(sizes) == 10
        assert sizes.count(10) == 10  # 25 rows of five tables

    async def test_nothing_to_do_says_nothing(self, database: Database) -> None:
        with capture_logs() as logs:
            await RetentionService(database, utc_now, DAYS).purge()
        assert logs == []
