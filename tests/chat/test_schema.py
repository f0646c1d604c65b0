"""What the tables of the chat do by themselves: cascades, uniqueness, defaults, plans."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import IntegrityError

from app.service_role import EMBEDDED_ROLE
from tests.chat.chatter import Chatter, counts, say, use
from tests.support.player import add_user
from tests.support.rows import execute

# Forty users with 25 conversations of twenty messages each; keys are not checked on the way in.
FILL = text(
    """
    WITH talks AS (
        INSERT INTO chat.conversations (user_id, updated_at)
        SELECT CASE n % 40 WHEN 0 THEN :user ELSE
            CAST(lpad(CAST(n % 40 AS text), 32, '0') AS uuid) END,
            now() - n * interval '1 minute'
        FROM generate_series(1, 1000) n
        RETURNING id, user_id
    )
    INSERT INTO chat.messages (conversation_id, user_id, sender_type, content, turn_number, version)
    SELECT id, user_id, 'user', 'isi', n, 0 FROM talks, generate_series(1, 20) n
    """
)
HOT_READS = {
    "SELECT * FROM chat.messages WHERE user_id = :user AND conversation_id = :talk"
    " ORDER BY turn_number DESC, version DESC LIMIT 51": "messages_conversation_id",
    "SELECT * FROM chat.messages WHERE user_id = :user AND id = :talk": "pk_messages",
    "SELECT * FROM chat.conversations WHERE user_id = :user AND status <> 'deleted'"
    " ORDER BY updated_at DESC, id DESC LIMIT 21": "idx_conversations_user_id",
    "SELECT * FROM chat.conversations WHERE user_id = :user AND id = :talk": "conversations",
}


def one(engine: Engine, statement: str, **values: object) -> Any:
    with engine.connect() as connection:
        return connection.scalar(text(statement), values)


class TestCascades:
    async def test_a_conversation_takes_messages_and_usage_along(
        self, chatter: Chatter, engine: Engine
    ) -> None:
        talk = await chatter.create()
        use(engine, say(engine, talk, 1, 1), "sim/model", (1, 1))
        execute(engine, "DELETE FROM chat.conversations WHERE id = :id", id=talk)
        left = counts(engine, chatter.user_id)
        assert (left["messages"], left["usage_tracking"]) == (0, 0)

    async def test_a_message_takes_its_usage_and_frees_its_answers(
        self, chatter: Chatter, engine: Engine
    ) -> None:
        talk = await chatter.create()
        said = say(engine, talk, 1)
        answer = say(engine, talk, 1, 1, parent=said)
        use(engine, said, "sim/model", (1, 1))
        execute(engine, "DELETE FROM chat.messages WHERE id = :id", id=said)
        parent = "SELECT parent_message_id FROM chat.messages WHERE id = :id"
        assert counts(engine, chatter.user_id)["messages"] == 1
        assert one(engine, parent, id=answer) is None
        assert counts(engine, chatter.user_id)["usage_tracking"] == 0

    async def test_a_user_takes_all_but_the_log_along(
        self, chatter: Chatter, engine: Engine
    ) -> None:
        say(engine, await chatter.create(), 1)
        execute(
            engine,
            "INSERT INTO chat.notifications (user_id, stage, payload) VALUES (:u, 'x', '{}')",
            u=chatter.user_id,
        )
        execute(engine, "DELETE FROM users WHERE id = :id", id=chatter.user_id)
        left = counts(engine, chatter.user_id)
        assert {table for table, rows in left.items() if rows} == {"audit_log"}


class TestUniqueness:
    def open(self, engine: Engine, user: UUID, assessment: str | None, status: str) -> None:
        execute(
            engine,
            "INSERT INTO chat.conversations (user_id, assessment_id, status) VALUES (:u, :a, :s)",
            u=user,
            a=assessment,
            s=status,
        )

    def test_one_conversation_for_each_user_and_assessment(self, engine: Engine) -> None:
        user, run = add_user(engine), str(uuid4())
        self.open(engine, user, run, "deleted")
        self.open(engine, add_user(engine), run, "active")
        self.open(engine, user, None, "active")
        self.open(engine, user, None, "active")
        with pytest.raises(IntegrityError, match="uq_conversations_user_id_assessment_id"):
            self.open(engine, user, run, "active")

    async def test_one_message_in_each_place(self, chatter: Chatter, engine: Engine) -> None:
        talk = await chatter.create()
        say(engine, talk, 1)
        with pytest.raises(IntegrityError, match="uq_messages_conversation_id_turn"):
            say(engine, talk, 1)

    @pytest.mark.parametrize(
        ("column", "value"),
        [("status", "hidden"), ("context_type", "horoskop"), ("title", None)],
    )
    def test_what_a_conversation_cannot_be(
        self, engine: Engine, column: str, value: str | None
    ) -> None:
        with pytest.raises(IntegrityError):
            execute(
                engine,
                f"INSERT INTO chat.conversations (user_id, {column}) VALUES (:u, :v)",
                u=add_user(engine),
                v=value,
            )


class TestPlans:
    """The policies keep nobody from the indexes."""

    @pytest.fixture
    def as_the_service(self, engine: Engine) -> Iterator[tuple[Connection, UUID]]:
        """Everything is rolled back."""
        user = add_user(engine)
        with engine.connect() as connection:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            connection.execute(FILL, {"user": user})
            connection.execute(text("ANALYZE chat.conversations, chat.messages"))
            connection.execute(text(f"SET LOCAL ROLE {EMBEDDED_ROLE}"))
            connection.execute(
                text("SELECT set_config('app.current_user_id', :user, true)"), {"user": str(user)}
            )
            yield connection, user
            connection.rollback()

    def test_hot_reads(self, as_the_service: tuple[Connection, UUID]) -> None:
        connection, user = as_the_service
        talk = connection.scalar(text("SELECT id FROM chat.conversations LIMIT 1"))
        for statement, index in HOT_READS.items():
            explained = connection.scalars(
                text(f"EXPLAIN {statement}"), {"user": user, "talk": talk}
            )
            plan = "\n".join(explained)
            assert index in plan, plan
            assert "Seq Scan" not in plan, plan
