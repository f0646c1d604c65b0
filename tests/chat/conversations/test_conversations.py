"""The conversations of a person over HTTP: create, list, read, change, delete."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, text

from tests.chat.chatter import Chatter, audit, counts, say
from tests.support.problems import assert_problem

ITEM = {
    "id",
    "title",
    "context_type",
    "status",
    "metadata",
    "assessment_id",
    "created_at",
    "updated_at",
}


class TestCreate:
    async def test_the_least_that_can_be_sent(self, chatter: Chatter) -> None:
        response = await chatter.send("POST", "/conversations", {})
        assert response.status_code == 201
        body = response.json()
        assert body.keys() == {"id", "title", "context_type", "created_at"}
        assert (body["title"], body["context_type"]) == ("Percakapan baru", "general")
        assert body["created_at"].endswith("Z")

    async def test_with_all_it_may_have(self, chatter: Chatter) -> None:
        context = {"riasec": {"R": 85}, "catatan": ["suka menata data", None, 1.5, True]}
        talk = await chatter.create(
            title="  Rencana\n kuliah  ", context_type="career_guidance", context_data=context
        )
        read = (await chatter.ok("GET", f"/conversations/{talk}"))["conversation"]
        assert read["title"] == "Rencana kuliah"
        assert read["context_type"] == "career_guidance"
        assert read["context_data"] == context
        assert (read["status"], read["metadata"], read["assessment_id"]) == ("active", None, None)

    @pytest.mark.parametrize(
        "body",
        [
            {"title": "   "},
            {"title": "\u200b"},
            {"title": "\u3164\u2800"},  # a letter and a sign, drawn as nothing
            {"title": "a\x00b"},
            {"title": "x" * 256},
            {"context_type": "horoskop"},
            {"context_data": {"x": "y" * 16_400}},
            {"context_data": {"x": "a\x00b"}},
            {"context_data": {"a\x00b": 1}},
            {"context_data": {"1": {"2": {"3": {"4": {"5": {"6": {"7": {"8": {"9": 1}}}}}}}}}},
            {"context_data": [1, 2]},
            {"user_id": "0f8e9c55-6a1e-4a8e-9a3c-2d54b6a0c1de"},
        ],
        ids=str,
    )
    async def test_what_is_refused(self, chatter: Chatter, body: dict[str, Any]) -> None:
        response = await chatter.send("POST", "/conversations", body)
        assert_problem(response, 422, "validation_failed")

    async def test_a_number_that_json_does_not_know(self, chatter: Chatter) -> None:
        response = await chatter.client.post(
            "/api/chat/conversations",
            content='{"context_data": {"x": NaN}}',
            headers={**chatter.headers, "Content-Type": "application/json"},
        )
        assert response.status_code in {400, 422}


class TestList:
    async def test_the_newest_activity_comes_first(self, chatter: Chatter) -> None:
        first, second, third = [await chatter.create(title=str(n)) for n in range(3)]
        await chatter.ok("PUT", f"/conversations/{first}", {"title": "nol"})
        found = await chatter.ok("GET", "/conversations")
        assert [item["id"] for item in found["conversations"]] == [first, third, second]
        assert all(item.keys() == ITEM for item in found["conversations"])
        assert found["total"] == 3
        assert found["pagination"] == {
            "limit": 20,
            "offset": 0,
            "has_more": False,
            "next_cursor": None,
        }

    async def test_nothing_yet(self, chatter: Chatter) -> None:
        found = await chatter.ok("GET", "/conversations")
        assert (found["conversations"], found["total"]) == ([], 0)

    async def test_a_page_beyond_the_end_still_tells_the_total(self, chatter: Chatter) -> None:
        await chatter.create()
        found = await chatter.ok("GET", "/conversations", offset=5)
        assert (found["conversations"], found["total"]) == ([], 1)

    async def test_by_status(self, chatter: Chatter) -> None:
        active, archived, deleted = [await chatter.create() for _ in range(3)]
        await chatter.ok("PUT", f"/conversations/{archived}", {"status": "archived"})
        await chatter.ok("DELETE", f"/conversations/{deleted}")
        for path, expected in (
            ("/conversations", {active, archived}),
            ("/conversations?status=active", {active}),
            ("/conversations?status=archived", {archived}),
            ("/conversations?status=deleted", {deleted}),
        ):
            found = await chatter.ok("GET", path)
            assert {item["id"] for item in found["conversations"]} == expected
            assert found["total"] == len(expected)

    async def test_by_offset(self, chatter: Chatter) -> None:
        talks = [await chatter.create() for _ in range(5)][::-1]
        pages = [await chatter.ok("GET", "/conversations", limit=2, offset=n) for n in (0, 2, 4)]
        assert [i["id"] for page in pages for i in page["conversations"]] == talks
        assert [page["pagination"]["has_more"] for page in pages] == [True, True, False]
        assert {page["total"] for page in pages} == {5}

    async def test_by_cursor_while_the_list_grows(self, chatter: Chatter) -> None:
        """What comes in on top moves offsets, but no page after a cursor."""
        talks = [await chatter.create() for _ in range(5)][::-1]
        seen: list[str] = []
        cursor: dict[str, Any] = {}
        for _ in range(3):
            page = await chatter.ok("GET", "/conversations", limit=2, **cursor)
            seen += [item["id"] for item in page["conversations"]]
            cursor = {"cursor": page["pagination"]["next_cursor"]}
            await chatter.create()
        assert seen == talks

    @pytest.mark.parametrize(
        "params",
        [
            {"limit": 0},
            {"limit": 101},
            {"offset": -1},
            {"status": "hidden"},
            {"cursor": "x"},
            {"cursor": "MS4x"},
        ],
        ids=str,
    )
    async def test_what_is_refused(self, chatter: Chatter, params: dict[str, Any]) -> None:
        response = await chatter.send("GET", "/conversations", None, **params)
        assert_problem(response, 422, "validation_failed")


class TestRead:
    async def test_brings_the_newest_fifty_messages_oldest_first(
        self, chatter: Chatter, engine: Engine
    ) -> None:
        talk = await chatter.create()
        said = [say(engine, talk, turn, version) for turn in range(1, 28) for version in (0, 1)]
        read = await chatter.ok("GET", f"/conversations/{talk}")
        assert read.keys() == {"conversation", "messages"}
        assert read["conversation"].keys() == ITEM | {"context_data"}
        assert [message["id"] for message in read["messages"]] == said[-50:]


class TestUpdate:
    async def test_changes_what_is_given(self, chatter: Chatter) -> None:
        talk = await chatter.create(title="Lama", context_data={"a": 1})
        first = await chatter.ok("PUT", f"/conversations/{talk}", {"metadata": {"warna": "biru"}})
        assert (first["title"], first["metadata"]) == ("Lama", {"warna": "biru"})
        second = await chatter.ok(
            "PUT", f"/conversations/{talk}", {"title": "Baru", "status": "archived"}
        )
        assert (second["title"], second["status"]) == ("Baru", "archived")
        assert (second["metadata"], second["context_data"]) == ({"warna": "biru"}, {"a": 1})
        third = await chatter.ok("PUT", f"/conversations/{talk}", {"metadata": None})
        assert third["metadata"] is None
        assert third["updated_at"] > second["updated_at"] > first["updated_at"]

    @pytest.mark.parametrize(
        "body", [{}, {"title": None}, {"status": "x"}, {"metadata": {"x": "y" * 4200}}], ids=str
    )
    async def test_what_is_refused(self, chatter: Chatter, body: dict[str, Any]) -> None:
        talk = await chatter.create()
        response = await chatter.send("PUT", f"/conversations/{talk}", body)
        assert_problem(response, 422, "validation_failed")


class TestDelete:
    async def test_reads_as_absent_and_keeps_its_row(
        self, chatter: Chatter, engine: Engine
    ) -> None:
        talk = await chatter.create()
        say(engine, talk, 1)
        assert await chatter.ok("DELETE", f"/conversations/{talk}") == {"deleted": 1}
        for method, path, body in of_a_conversation(talk):
            response = await chatter.send(method, path, body)
            assert_problem(response, 404, "conversation_not_found")
        with engine.connect() as connection:
            status = connection.scalar(
                text("SELECT status FROM chat.conversations WHERE id = :id"), {"id": talk}
            )
        assert status == "deleted"
        assert counts(engine, chatter.user_id)["messages"] == 1

    async def test_the_status_deleted_deletes(self, chatter: Chatter, engine: Engine) -> None:
        talk = await chatter.create()
        body = await chatter.ok("PUT", f"/conversations/{talk}", {"status": "deleted"})
        assert body["status"] == "deleted"
        response = await chatter.send("GET", f"/conversations/{talk}")
        assert_problem(response, 404, "conversation_not_found")
        assert [row[1] for row in audit(engine, chatter.user_id)] == ["create", "delete"]


def of_a_conversation(talk: str) -> list[tuple[str, str, dict[str, Any] | None]]:
    """Every route that names a conversation."""
    path = f"/conversations/{talk}"
    return [
        ("GET", path, None),
        ("PUT", path, {"title": "Direbut"}),
        ("DELETE", path, None),
        ("GET", f"{path}/messages", None),
        ("GET", f"{path}/suggestions", None),
        ("GET", f"{path}/usage", None),
    ]


class TestSomebodyElses:
    async def test_reads_as_absent(
        self, chatter: Chatter, stranger: Chatter, engine: Engine
    ) -> None:
        talk = await chatter.create(title="Milikku")
        before = audit(engine, chatter.user_id)
        for (method, path, body), (_, absent, _) in zip(
            of_a_conversation(talk), of_a_conversation(str(uuid4())), strict=True
        ):
            theirs = await stranger.send(method, path, body)
            nobodys = await stranger.send(method, absent, body)
            problem = assert_problem(theirs, 404, "conversation_not_found")
            assert problem["detail"] == nobodys.json()["detail"]
        found = (await chatter.ok("GET", f"/conversations/{talk}"))["conversation"]
        assert (found["title"], found["status"]) == ("Milikku", "active")
        assert audit(engine, chatter.user_id) == before
        assert audit(engine, stranger.user_id) == []
        assert (await stranger.ok("GET", "/conversations"))["total"] == 0


class TestAudit:
    async def test_every_change_once_with_its_request_and_no_content(
        self, chatter: Chatter, engine: Engine
    ) -> None:
        created = await chatter.send("POST", "/conversations", {"title": "Rahasia"})
        path = f"/conversations/{created.json()['id']}"
        changed = await chatter.send("PUT", path, {"title": "Lebih rahasia"})
        deleted = await chatter.send("DELETE", path)
        touched = f"conversation:{UUID(created.json()['id'])}"
        assert audit(engine, chatter.user_id) == [
            ("user", action, touched, response.headers["x-request-id"])
            for action, response in zip(
                ("create", "update", "delete"), (created, changed, deleted), strict=True
            )
        ]

    async def test_what_was_refused_changed_nothing(self, chatter: Chatter, engine: Engine) -> None:
        await chatter.send("PUT", f"/conversations/{uuid4()}", {"title": "Hantu"})
        assert counts(engine, chatter.user_id)["audit_log"] == 0


class TestSuggestions:
    async def test_by_context_until_there_is_a_welcome(
        self, chatter: Chatter, engine: Engine
    ) -> None:
        talk = await chatter.create(context_type="career_guidance")
        path = f"/conversations/{talk}/suggestions"
        general = (await chatter.ok("GET", path))["suggestions"]
        assert len(set(general)) == 6
        welcome = '{"type": "assessment_welcome", "suggestions": ["Apa artinya kode IC?"]}'
        say(engine, talk, 1, 1, metadata=welcome)
        assert (await chatter.ok("GET", path))["suggestions"] == ["Apa artinya kode IC?"]
