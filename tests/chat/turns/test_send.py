"""A message and its answer, over HTTP."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, text

from app.llm.withheld import SUPPORT_MESSAGE
from tests.chat.chatter import Chatter, audit, say
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.problems import assert_problem
from tests.support.rows import execute


async def sent(chatter: Chatter, talk: str, content: str = "Apa kekuatanku?") -> dict[str, Any]:
    return await chatter.ok("POST", f"/conversations/{talk}/messages", {"content": content})


class TestSendMessage:
    async def test_the_answer_follows_the_message(self, chatter: Chatter) -> None:
        talk = await chatter.create()
        first = await sent(chatter, talk)
        second = await sent(chatter, talk, "Lalu?")
        listed = await chatter.ok("GET", f"/conversations/{talk}/messages")
        assert listed["messages"] == [
            first["user_message"],
            first["assistant_message"],
            second["user_message"],
            second["assistant_message"],
        ]
        assert first["assistant_message"]["parent_message_id"] == first["user_message"]["id"]

    async def test_the_first_message_names_the_conversation(self, chatter: Chatter) -> None:
        talk = await chatter.create()
        await sent(chatter, talk, "Apa   kekuatanku?")
        await sent(chatter, talk, "Lalu?")
        found = await chatter.ok("GET", f"/conversations/{talk}")
        assert found["conversation"]["title"] == "Apa kekuatanku?"

    async def test_a_name_given_by_the_person_stays(self, chatter: Chatter) -> None:
        talk = await chatter.create(title="Rencana kuliah")
        await sent(chatter, talk)
        found = await chatter.ok("GET", f"/conversations/{talk}")
        assert found["conversation"]["title"] == "Rencana kuliah"

    async def test_use_adds_up_by_message_conversation_and_month(self, chatter: Chatter) -> None:
        talk = await chatter.create()
        spent = [await sent(chatter, talk), await sent(chatter, talk, "Lalu?")]
        tokens = sum(answer["usage"]["total_tokens"] for answer in spent)
        usage = await chatter.ok("GET", f"/conversations/{talk}/usage")
        month = await chatter.ok("GET", "/usage/summary")
        assert usage["total_tokens"] == month["total_tokens"] == tokens > 0

    async def test_acts_are_noted_without_content(self, chatter: Chatter, engine: Engine) -> None:
        talk = await chatter.create()
        said = (await sent(chatter, talk))["user_message"]["id"]
        await chatter.ok("POST", f"/conversations/{talk}/messages/{said}/regenerate")
        acts = [(action, what) for _, action, what, _ in audit(engine, chatter.user_id)]
        assert acts == [
            ("create", f"conversation:{talk}"),
            ("send", f"message:{said}"),
            ("regenerate", f"message:{said}"),
        ]

    async def test_the_same_key_says_it_once(self, chatter: Chatter, engine: Engine) -> None:
        talk = await chatter.create()
        headers = {**chatter.headers, "Idempotency-Key": str(uuid4())}
        path = f"/api/chat/conversations/{talk}/messages"
        answers = [
            await chatter.client.post(path, json={"content": "Halo"}, headers=headers)
            for _ in range(2)
        ]
        assert [answer.status_code for answer in answers] == [200, 200]
        assert answers[0].json() == answers[1].json()
        with engine.connect() as connection:
            statement = text("SELECT count(*) FROM chat.messages WHERE conversation_id = :talk")
            assert connection.scalar(statement, {"talk": UUID(talk)}) == 2

    async def test_a_key_that_comes_again_for_another_message(
        self, chatter: Chatter, engine: Engine
    ) -> None:
        """A key holds for a day; a client that counts from one uses each again."""
        talk = await chatter.create()
        headers = {**chatter.headers, "Idempotency-Key": "1"}
        path = f"/api/chat/conversations/{talk}/messages"
        for content in ("Halo", "Apa kekuatanku?"):
            body = {"content": content}
            response = await chatter.client.post(path, json=body, headers=headers)
            assert response.json()["user_message"]["content"] == content
            yesterday = "UPDATE idempotency_keys SET expires_at = now() WHERE user_id = :u"
            execute(engine, yesterday, u=chatter.user_id)
        listed = (await chatter.ok("GET", f"/conversations/{talk}/messages"))["messages"]
        assert [message["turn_number"] for message in listed] == [1, 1, 2, 2]


class TestRefusals:
    @pytest.mark.parametrize(
        ("body", "status", "code"),
        [
            ({"content": "x" * 4001}, 422, "message_too_long"),
            ({"content": "  "}, 422, "validation_failed"),
            ({"content": "\u200b\u2060"}, 422, "validation_failed"),
            ({"content": "\u3164 \u2800\ufe0f"}, 422, "validation_failed"),
            ({"content": "Halo", "content_type": "image"}, 422, "content_type_unsupported"),
            (
                {"content": "Halo", "parent_message_id": str(uuid4())},
                422,
                "parent_message_elsewhere",
            ),
        ],
    )
    async def test_a_message_that_cannot_be_sent(
        self, chatter: Chatter, body: dict[str, Any], status: int, code: str
    ) -> None:
        talk = await chatter.create()
        response = await chatter.send("POST", f"/conversations/{talk}/messages", body)
        assert_problem(response, status, code)
        assert (await chatter.ok("GET", f"/conversations/{talk}/messages"))["messages"] == []

    async def test_anothers_conversation_is_absent(
        self, chatter: Chatter, stranger: Chatter
    ) -> None:
        talk = await chatter.create()
        said = (await sent(chatter, talk))["user_message"]["id"]
        path = f"/conversations/{talk}/messages"
        response = await stranger.send("POST", path, {"content": "Halo"})
        assert_problem(response, 404, "conversation_not_found")
        response = await stranger.send("POST", f"{path}/{said}/regenerate")
        assert_problem(response, 404, "conversation_not_found")


class TestRegenerate:
    async def test_the_old_answer_stays_and_is_named(self, chatter: Chatter) -> None:
        talk = await chatter.create()
        first = await sent(chatter, talk)
        said, old = first["user_message"]["id"], first["assistant_message"]["id"]
        path = f"/conversations/{talk}/messages"
        new = (await chatter.ok("POST", f"{path}/{old}/regenerate"))["new_message"]
        assert (new["version"], new["parent_message_id"]) == (2, said)
        assert new["metadata"]["regenerated_from"] == old
        listed = [message["id"] for message in (await chatter.ok("GET", path))["messages"]]
        assert listed == [said, old, new["id"]]

    async def test_a_welcome_answers_nothing(self, chatter: Chatter, engine: Engine) -> None:
        talk = await chatter.create()
        welcome = say(engine, talk, turn=1, version=1)
        response = await chatter.send(
            "POST", f"/conversations/{talk}/messages/{welcome}/regenerate"
        )
        assert_problem(response, 422, "message_not_regenerable")


class TestDistress:
    TEXT = "Aku capek, aku ingin mati saja."

    async def test_is_answered_with_support_and_never_read_by_a_model(
        self, chatter: Chatter, sim: OpenRouterSim
    ) -> None:
        talk = await chatter.create()
        answer = await sent(chatter, talk, self.TEXT)
        assert answer["support"] == answer["assistant_message"]["content"] == SUPPORT_MESSAGE
        assert answer["usage"]["total_tokens"] == 0
        await sent(chatter, talk, "Apa kekuatanku?")
        assert len(sim.calls) == 1
        assert "mati" not in str(sim.calls[0].body)
        assert SUPPORT_MESSAGE not in str(sim.calls[0].body)
        found = await chatter.ok("GET", f"/conversations/{talk}")
        assert self.TEXT not in found["conversation"]["title"]
