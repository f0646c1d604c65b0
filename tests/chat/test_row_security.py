"""Whoever forgets whose rows they want gets none: PostgreSQL keeps the chats apart by itself."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError

from app.chat.row_security import MAINTENANCE, acting_for
from app.core.database import Database
from app.core.settings import Settings
from app.service_role import bypasses_row_security
from tests.chat.chatter import Chatter, say, use
from tests.support.player import add_user

TABLES = (
    "conversations",
    "messages",
    "usage_tracking",
    "erased_usage",
    "notifications",
    "audit_log",
)
POLICIES = {
    *(f"{table}_{who}_policy" for table in TABLES for who in ("user", "maintenance")),
    "gauges_read_policy",
    "gauges_maintenance_policy",
    "received_events_maintenance_policy",
}
Work = Callable[[Connection], Any]


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    """One connection for all: what one transaction leaves behind, the next would find."""
    dsn = settings.database_dsn()
    assert dsn is not None
    small = settings.model_copy(update={"db_pool_size": 1, "db_threads": 1})
    found = Database(small, dsn)
    yield found
    found.close()


@pytest.fixture
async def owner(chatter: Chatter, engine: Engine) -> UUID:
    """Somebody with a row in every table."""
    talk = await chatter.create()
    message = say(engine, talk, 1)
    use(engine, say(engine, talk, 1, 1, parent=message), "sim/model", (10, 5))
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO chat.notifications (user_id, stage, payload) VALUES (:u, 'x', '{}')"),
            {"u": chatter.user_id},
        )
        connection.execute(
            text("INSERT INTO chat.erased_usage VALUES (:u, now(), 15)"), {"u": chatter.user_id}
        )
    return chatter.user_id


def everyones(table: str) -> Work:
    """A query whose author forgot the owner."""
    statement = text(f"SELECT DISTINCT user_id FROM chat.{table}")
    return lambda connection: set(connection.scalars(statement))


def sql(statement: str, **values: object) -> Work:
    return lambda connection: connection.execute(text(statement), values).rowcount


class TestSchema:
    def test_forced_on_every_table(self, engine: Engine) -> None:
        with engine.connect() as connection:
            rows = connection.execute(
                text(
                    "SELECT relname, relrowsecurity AND relforcerowsecurity AS is_forced"
                    " FROM pg_class"
                    " WHERE relkind = 'r' AND relnamespace = 'chat'::regnamespace"
                )
            ).all()
            named = set(
                connection.scalars(
                    text("SELECT policyname FROM pg_policies WHERE schemaname = 'chat'")
                )
            )
        assert {row.relname: row.is_forced for row in rows} == dict.fromkeys(
            (*TABLES, "gauges", "received_events"), True
        )
        assert named == POLICIES

    async def test_the_service_is_bound_by_it(self, database: Database) -> None:
        assert await database.read(bypasses_row_security) is False

    def test_the_eyes_of_these_tests_are_not(self, engine: Engine) -> None:
        with engine.connect() as connection:
            assert bypasses_row_security(connection) is True


@pytest.mark.parametrize("table", TABLES)
class TestAForgottenOwner:
    async def test_acting_for_nobody_sees_nothing(
        self, database: Database, owner: UUID, table: str
    ) -> None:
        assert await database.read(everyones(table)) == set()
        assert await database.transact(everyones(table)) == set()

    async def test_acting_for_one_sees_that_one_only(
        self, database: Database, owner: UUID, engine: Engine, table: str
    ) -> None:
        other = add_user(engine)
        for run in (database.read, database.transact):
            assert await run(everyones(table), acting_for(owner)) == {owner}
            assert await run(everyones(table), acting_for(other)) == set()

    async def test_is_forgotten_with_the_transaction(
        self, database: Database, owner: UUID, table: str
    ) -> None:
        """The same connection comes back from the pool, and acts for nobody."""
        for run in (database.read, database.transact):
            assert await run(everyones(table), acting_for(owner)) == {owner}
            assert await run(everyones(table)) == set()

    async def test_after_a_failure_too(self, database: Database, owner: UUID, table: str) -> None:
        for run in (database.read, database.transact):
            with pytest.raises(DBAPIError):
                await run(sql("SELECT 1 / 0"), acting_for(owner))
            assert await run(everyones(table)) == set()

    async def test_maintenance_sees_all_and_changes_none(
        self, database: Database, owner: UUID, table: str
    ) -> None:
        assert owner in await database.transact(everyones(table), MAINTENANCE)
        changed = sql(f"UPDATE chat.{table} SET user_id = user_id WHERE user_id = :u", u=owner)
        with pytest.raises(ProgrammingError, match=r"policy|permission"):
            await database.transact(changed, MAINTENANCE)

    async def test_maintenance_deletes(self, database: Database, owner: UUID, table: str) -> None:
        gone = sql(f"DELETE FROM chat.{table} WHERE user_id = :u", u=owner)
        assert await database.transact(gone) == 0
        assert await database.transact(gone, MAINTENANCE) > 0


class TestForeignRows:
    async def test_cannot_be_changed_or_deleted(
        self, database: Database, owner: UUID, engine: Engine
    ) -> None:
        other = acting_for(add_user(engine))
        for statement in (
            "UPDATE chat.conversations SET title = 'x'",
            "DELETE FROM chat.conversations",
            "DELETE FROM chat.messages",
        ):
            assert await database.transact(sql(statement), other) == 0

    async def test_cannot_be_made_for_somebody_else(
        self, database: Database, owner: UUID, engine: Engine
    ) -> None:
        insert = sql("INSERT INTO chat.conversations (user_id) VALUES (:u)", u=owner)
        with pytest.raises(ProgrammingError, match="row-level security"):
            await database.transact(insert, acting_for(add_user(engine)))

    async def test_a_message_cannot_join_anothers_talk(
        self, database: Database, chatter: Chatter, engine: Engine
    ) -> None:
        talk, stranger = await chatter.create(), add_user(engine)
        smuggled = sql(
            "INSERT INTO chat.messages (conversation_id, user_id, sender_type, content,"
            " turn_number, version) VALUES (:talk, :u, 'user', 'x', 1, 0)",
            talk=talk,
            u=stranger,
        )
        with pytest.raises(IntegrityError, match="fk_messages_conversation_id"):
            await database.transact(smuggled, acting_for(stranger))

    async def test_the_log_is_written_once(self, database: Database, owner: UUID) -> None:
        forged = sql("UPDATE chat.audit_log SET actor = 'worker'")
        with pytest.raises(ProgrammingError, match="permission denied"):
            await database.transact(forged, acting_for(owner))


class TestSessionVariables:
    async def test_twenty_users_on_one_connection_stay_apart(
        self, database: Database, engine: Engine
    ) -> None:
        users = [add_user(engine) for _ in range(20)]
        mine = text("SELECT current_setting('app.current_user_id', true)")

        async def ask(user: UUID, run: Any) -> None:
            assert await run(lambda c: c.scalar(mine), acting_for(user)) == str(user)

        await asyncio.gather(
            *(ask(user, run) for user in users for run in (database.read, database.transact))
        )

    async def test_every_statement_of_a_read(self, database: Database, owner: UUID) -> None:
        """Each is a transaction of its own."""
        found = await database.read(
            lambda c: [everyones(table)(c) for table in TABLES], acting_for(owner)
        )
        assert found == [{owner}] * len(TABLES)

    @pytest.mark.parametrize(
        "variables",
        [
            {"app.x": "'; DROP TABLE users; --"},
            {"app.x'": "1"},
            {"role": "postgres"},
            {"app.x": ""},
            {"app.x": "%s"},
        ],
        ids=str,
    )
    async def test_what_would_have_to_be_quoted(
        self, database: Database, variables: dict[str, str]
    ) -> None:
        for run in (database.read, database.transact):
            with pytest.raises(ValueError, match="no session variable"):
                await run(lambda c: None, variables)

    async def test_a_value_that_is_no_uuid_raises_and_shows_nothing(
        self, database: Database, owner: UUID
    ) -> None:
        with pytest.raises(DBAPIError):
            await database.read(
                everyones("messages"), {"app.current_user_id": f"{uuid4()}-{owner}"}
            )
