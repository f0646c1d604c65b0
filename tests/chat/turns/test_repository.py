"""The statements of a turn: order under parallel sends, versions of answers, history."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, text

from app.chat.audit.entry import Act
from app.chat.audit.models import Action, Actor
from app.chat.messages.repository import MessageRow
from app.chat.row_security import acting_for
from app.chat.turns import repository
from app.chat.turns.repository import Answer, Said
from app.chat.turns.start.repository import find_turn_start
from app.core.database import Database
from app.core.settings import Settings
from tests.chat.chatter import Chatter, audit, counts
from tests.support.statements import recorded_statements

SENT = Act(Actor.USER, Action.SEND, "permintaan-1")
BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    dsn = settings.database_dsn()
    assert dsn is not None
    found = Database(settings, dsn)
    yield found
    found.close()


class Talk:
    """One conversation, spoken in through the repository."""

    def __init__(self, database: Database, user_id: UUID, talk: str) -> None:
        self.database = database
        self.user_id = user_id
        self.id = UUID(talk)

    async def say(self, content: str = "Halo", parent: UUID | None = None) -> MessageRow:
        said = Said(uuid4(), content, None, parent, f"Tentang {content}", "Percakapan baru")
        stored = await self.database.transact(
            lambda c: repository.say(c, self.user_id, self.id, said, SENT),
            acting_for(self.user_id),
        )
        assert stored is not None
        return stored

    async def answer(
        self, said: MessageRow, content: str = "Hai", **details: Any
    ) -> MessageRow | None:
        given = Answer(
            id=uuid4(),
            content=content,
            metadata={"finish_reason": "stop", **details},
            parent_message_id=said.id,
            turn_number=said.turn_number,
            model_used="sim/model:free",
            prompt_tokens=20,
            completion_tokens=10,
            cost_credits=Decimal("0.000123"),
            is_free_model=True,
            processing_time_ms=120,
        )
        return await self.database.transact(
            lambda c: repository.answer(c, self.user_id, self.id, given), acting_for(self.user_id)
        )

    async def read(self, statement: Any, *values: Any) -> Any:
        return await self.database.read(
            lambda c: statement(c, self.user_id, self.id, *values), acting_for(self.user_id)
        )


@pytest.fixture
async def talk(database: Database, chatter: Chatter) -> Talk:
    return Talk(database, chatter.user_id, await chatter.create())


class TestSay:
    async def test_twenty_at_once_stand_in_order(self, talk: Talk, engine: Engine) -> None:
        said = await asyncio.gather(*(talk.say(f"pesan {n}") for n in range(20)))
        assert sorted(message.turn_number for message in said) == list(range(1, 21))
        assert {message.version for message in said} == {0}
        assert counts(engine, talk.user_id)["messages"] == 20

    async def test_one_statement_with_its_audit_row(self, talk: Talk, engine: Engine) -> None:
        with recorded_statements(talk.database.engine) as statements:
            said = await talk.say()
        assert len(statements) == 1
        assert audit(engine, talk.user_id)[1:] == [
            ("user", "send", f"message:{said.id}", "permintaan-1")
        ]

    async def test_the_first_message_gives_a_title_where_there_is_none(
        self, database: Database, chatter: Chatter, talk: Talk
    ) -> None:
        await talk.say("jurusan")
        await talk.say("biaya")
        named = Talk(database, chatter.user_id, await chatter.create(title="Punya nama"))
        await named.say("apa saja")
        found = await chatter.ok("GET", "/conversations")
        assert [item["title"] for item in found["conversations"]] == [
            "Punya nama",
            "Tentang jurusan",
        ]

    async def test_nothing_in_a_deleted_or_foreign_conversation(
        self, talk: Talk, chatter: Chatter, stranger: Chatter, engine: Engine
    ) -> None:
        said = Said(uuid4(), "Halo", None, None, "Halo", "Percakapan baru")
        foreign = await talk.database.transact(
            lambda c: repository.say(c, stranger.user_id, talk.id, said, SENT),
            acting_for(stranger.user_id),
        )
        await chatter.ok("DELETE", f"/conversations/{talk.id}")
        deleted = await talk.database.transact(
            lambda c: repository.say(c, chatter.user_id, talk.id, said, SENT),
            acting_for(chatter.user_id),
        )
        assert (foreign, deleted) == (None, None)
        assert counts(engine, chatter.user_id)["messages"] == 0


class TestAnswer:
    async def test_message_usage_and_activity_in_one_statement(
        self, talk: Talk, chatter: Chatter, engine: Engine
    ) -> None:
        said = await talk.say()
        before = (await chatter.ok("GET", f"/conversations/{talk.id}"))["conversation"]
        with recorded_statements(talk.database.engine) as statements:
            given = await talk.answer(said)
        assert len(statements) == 1
        assert given is not None
        assert (given.turn_number, given.version, given.parent_message_id) == (1, 1, said.id)
        after = (await chatter.ok("GET", f"/conversations/{talk.id}"))["conversation"]
        assert after["updated_at"] > before["updated_at"]
        with engine.connect() as connection:
            used = connection.execute(
                text(
                    "SELECT message_id, total_tokens, cost_credits, is_free_model"
                    " FROM chat.usage_tracking WHERE user_id = :u"
                ),
                {"u": talk.user_id},
            ).one()
        assert tuple(used) == (given.id, 30, Decimal("0.000123"), True)

    async def test_answers_at_once_to_one_message_are_all_kept(self, talk: Talk) -> None:
        said = await talk.say()
        given = await asyncio.gather(*(talk.answer(said, str(n)) for n in range(8)))
        assert sorted(message.version for message in given if message) == list(range(1, 9))

    async def test_the_conversation_is_gone(self, talk: Talk, chatter: Chatter) -> None:
        said = await talk.say()
        await chatter.ok("DELETE", "/me")
        assert await talk.answer(said) is None


class TestHistory:
    async def test_newest_first_and_of_answers_the_last(self, talk: Talk) -> None:
        first = await talk.say("satu")
        second = await talk.say("dua")
        await talk.answer(second, "jawaban dua")
        await talk.answer(first, "jawaban satu")
        await talk.answer(first, "jawaban satu lagi")
        await talk.say("tiga")
        told = await talk.read(repository.read_history, 3, 50)
        assert [m.content for m in told] == [
            "tiga",
            "jawaban dua",
            "dua",
            "jawaban satu lagi",
            "satu",
        ]
        before = await talk.read(repository.read_history, 2, 2)
        assert [m.content for m in before] == ["jawaban dua", "dua"]

    async def test_whole_answers_before_those_that_broke_off(self, talk: Talk) -> None:
        first, second = await talk.say("satu"), await talk.say("dua")
        await talk.answer(first, "utuh")
        await talk.answer(first, "puto", is_partial=True)
        await talk.answer(second, "pu", is_partial=True)
        await talk.answer(second, "putus", is_partial=True)
        told = await talk.read(repository.read_history, 2, 50)
        assert [m.content for m in told] == ["putus", "dua", "utuh", "satu"]


class TestTurn:
    async def test_from_any_of_its_messages(self, talk: Talk) -> None:
        said = await talk.say("satu")
        old = await talk.answer(said, "lama")
        new = await talk.answer(said, "baru")
        await talk.say("dua")
        assert old is not None
        assert new is not None
        for message in (said, old, new):
            _, turn = await talk.read(repository.find_turn, message.id)
            assert turn.said == said
            assert turn.answers == [new, old]
        found, turn = await talk.read(repository.find_turn, uuid4())
        assert found.conversation is not None
        assert turn is None

    async def test_whole_answers_before_those_that_broke_off(self, talk: Talk) -> None:
        said = await talk.say("satu")
        broken = await talk.answer(said, "pu", is_partial=True)
        assert broken is not None
        assert (await talk.read(repository.find_turn, said.id))[1].best == broken
        old = await talk.answer(said, "lama")
        new = await talk.answer(said, "baru")
        later = await talk.answer(said, "putus", is_partial=True)
        _, turn = await talk.read(repository.find_turn, said.id)
        assert turn.answers == [new, old, later, broken]


class TestStart:
    async def test_what_was_used_and_where_the_parent_lies(
        self, database: Database, chatter: Chatter, talk: Talk
    ) -> None:
        said = await talk.say()
        await talk.answer(said)
        elsewhere = Talk(database, chatter.user_id, await chatter.create())
        here = await talk.read(find_turn_start, BEGINNING, said.id)
        there = await elsewhere.read(find_turn_start, BEGINNING, said.id)
        assert (here.tokens_used, here.parent_is_here) == (30, True)
        assert (there.tokens_used, there.parent_is_here) == (30, False)
        later = await talk.read(find_turn_start, datetime(2100, 1, 1, tzinfo=UTC))
        assert (later.tokens_used, later.parent_is_here) == (0, None)
