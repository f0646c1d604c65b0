"""Reading a conversation page by page."""

from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import Engine

from tests.chat.chatter import Chatter, say
from tests.support.problems import assert_problem


def ids(page: dict[str, Any]) -> list[str]:
    return [message["id"] for message in page["messages"]]


class TestPages:
    async def test_a_message_as_it_is_shown(self, chatter: Chatter, engine: Engine) -> None:
        talk = await chatter.create()
        said = say(engine, talk, 1, content="Apa kabar?")
        answer = say(engine, talk, 1, 1, content="Baik.", parent=said, metadata='{"model": "m"}')
        page = await chatter.ok("GET", f"/conversations/{talk}/messages")
        first, second = page["messages"]
        assert first.pop("created_at").endswith("Z")
        assert first == {
            "id": said,
            "conversation_id": talk,
            "sender_type": "user",
            "content": "Apa kabar?",
            "content_type": "text",
            "metadata": None,
            "parent_message_id": None,
            "turn_number": 1,
            "version": 0,
        }
        assert (second["id"], second["sender_type"]) == (answer, "assistant")
        assert (second["parent_message_id"], second["metadata"]) == (said, {"model": "m"})
        assert page["pagination"] == {
            "limit": 50,
            "has_more": False,
            "oldest_id": said,
            "newest_id": answer,
        }

    async def test_nothing_yet(self, chatter: Chatter) -> None:
        page = await chatter.ok("GET", f"/conversations/{await chatter.create()}/messages")
        assert page == {
            "messages": [],
            "pagination": {"limit": 50, "has_more": False, "oldest_id": None, "newest_id": None},
        }

    async def test_backwards_while_the_conversation_goes_on(
        self, chatter: Chatter, engine: Engine
    ) -> None:
        talk = await chatter.create()
        said = [say(engine, talk, turn) for turn in range(1, 8)]
        path = f"/conversations/{talk}/messages"
        seen: list[str] = []
        bounds: dict[str, Any] = {}
        more = True
        while more:
            page = await chatter.ok("GET", path, limit=3, **bounds)
            seen = ids(page) + seen
            bounds = {"before_id": page["pagination"]["oldest_id"]}
            more = page["pagination"]["has_more"]
            say(engine, talk, 8 + len(seen))
        assert seen == said

    async def test_forwards_from_a_message(self, chatter: Chatter, engine: Engine) -> None:
        talk = await chatter.create()
        said = [say(engine, talk, turn, version) for turn in (1, 2, 3) for version in (0, 1)]
        path = f"/conversations/{talk}/messages"
        first = await chatter.ok("GET", path, limit=2, after_id=said[0])
        assert (ids(first), first["pagination"]["has_more"]) == (said[1:3], True)
        rest = await chatter.ok("GET", path, after_id=said[2])
        assert (ids(rest), rest["pagination"]["has_more"]) == (said[3:], False)
        between = await chatter.ok("GET", path, after_id=said[0], before_id=said[4], limit=2)
        assert (ids(between), between["pagination"]["has_more"]) == (said[2:4], True)

    async def test_a_late_answer_stands_by_what_it_answers(
        self, chatter: Chatter, engine: Engine
    ) -> None:
        talk = await chatter.create()
        first, second = say(engine, talk, 1), say(engine, talk, 2)
        newest = say(engine, talk, 2, 1, parent=second)
        late = say(engine, talk, 1, 1, parent=first)
        path = f"/conversations/{talk}/messages"
        assert ids(await chatter.ok("GET", path, after_id=newest)) == []
        assert ids(await chatter.ok("GET", path, after_id=first)) == [late, second, newest]
        assert ids(await chatter.ok("GET", path)) == [first, late, second, newest]

    async def test_how_to_find_it_is_in_the_contract(self, client: httpx.AsyncClient) -> None:
        paths = (await client.get("/openapi.json")).json()["paths"]
        told = paths["/api/chat/conversations/{conversation_id}/messages"]["get"]["description"]
        assert "`message_completed`" in told

    async def test_a_message_of_another_conversation(
        self, chatter: Chatter, engine: Engine
    ) -> None:
        talk, other = await chatter.create(), await chatter.create()
        elsewhere = say(engine, other, 1)
        for bounds in ({"before_id": elsewhere}, {"after_id": str(uuid4())}):
            response = await chatter.send("GET", f"/conversations/{talk}/messages", None, **bounds)
            assert_problem(response, 404, "message_not_found")

    @pytest.mark.parametrize(
        "params", [{"limit": 0}, {"limit": 101}, {"before_id": "x"}, {"after_id": "1"}], ids=str
    )
    async def test_what_is_refused(self, chatter: Chatter, params: dict[str, Any]) -> None:
        path = f"/conversations/{uuid4()}/messages"
        response = await chatter.send("GET", path, None, **params)
        assert_problem(response, 422, "validation_failed")
