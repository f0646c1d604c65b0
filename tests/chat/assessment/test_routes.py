"""The routes between a result and its conversation."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.chat.assessment.person import Person, without_conversation
from tests.chat.chatter import CHAT, audit
from tests.support.problems import assert_problem

FROM = "/conversations/from-assessment"
KEYS = {
    "has_assessment",
    "assessment_date",
    "assessment_id",
    "conversation_exists",
    "conversation_id",
    "ready_for_chatbot",
}


class TestFromAssessment:
    async def test_opens_it_with_its_welcome(self, person: Person) -> None:
        token = await without_conversation(person)
        answer = await person.chat.send("POST", FROM, {"assessment_id": token, "title": "Cek"})
        assert answer.status_code == 201, answer.text
        body = answer.json()
        assert set(body) == {"conversation", "initial_message", "suggestions"}
        assert body["conversation"]["title"] == "Cek"
        assert body["conversation"]["context_data"]["assessment_id"] == token
        assert body["initial_message"]["metadata"]["suggestions"] == body["suggestions"]
        acts = [(actor, action) for actor, action, _, _ in audit(person.engine, person.user_id)]
        assert acts[-1] == ("user", "create")

    async def test_the_one_that_is_there(self, person: Person) -> None:
        token = await person.check_fit()
        found = await person.appeared(token)
        body = await person.chat.ok("POST", FROM, {"assessment_id": token})
        assert body["conversation"] == found["conversation"]
        assert body["initial_message"] == found["messages"][0]
        assert person.conversations() == 1

    async def test_a_title_names_the_one_that_is_there(self, person: Person) -> None:
        """The job is faster nearly always: a title must not depend on it."""
        token = await person.check_fit()
        found = await person.appeared(token)
        wish = {"assessment_id": token, "title": "Rencanaku"}
        bodies = [await person.chat.ok("POST", FROM, wish) for _ in range(2)]
        assert {body["conversation"]["title"] for body in bodies} == {"Rencanaku"}
        assert bodies[0]["initial_message"] == found["messages"][0]
        acts = [(actor, action) for actor, action, *_ in audit(person.engine, person.user_id)]
        assert acts == [("worker", "initialize"), ("user", "update")]
        await person.chat.ok("POST", FROM, {"assessment_id": token})
        assert (await person.found(token))["conversation"]["title"] == "Rencanaku"

    async def test_the_newest_finished_one(self, person: Person) -> None:
        first = await person.check_fit()
        second = await person.check_fit(S=5, A=4)
        await person.player.start()  # not finished
        for token in (first, second):
            await person.appeared(token)
        body = await person.chat.ok("POST", FROM, {})
        assert body["conversation"]["assessment_id"] == second

    async def test_without_a_welcome_it_still_has_suggestions(self, person: Person) -> None:
        token = await without_conversation(person)
        wish = {"assessment_id": token, "auto_start_message": False}
        answer = await person.chat.send("POST", FROM, wish)
        assert answer.status_code == 201
        body = answer.json()
        assert body["initial_message"] is None
        assert 6 <= len(body["suggestions"]) <= 8
        talk = body["conversation"]["id"]
        given = await person.chat.ok("GET", f"/conversations/{talk}/suggestions")
        assert given["suggestions"] == body["suggestions"]

    async def test_the_job_leaves_out_the_welcome_that_was_not_wished(self, person: Person) -> None:
        token = await without_conversation(person)
        wish = {"assessment_id": token, "auto_start_message": False}
        await person.chat.send("POST", FROM, wish)
        person.enqueue(token)
        await person.no_jobs_left()
        assert person.welcomes() == 0

    async def test_nothing_finished(self, person: Person) -> None:
        await person.player.start()
        answer = await person.chat.send("POST", FROM, {})
        assert_problem(answer, 404, "assessment_not_found")

    async def test_not_finished_yet(self, person: Person) -> None:
        token = (await person.player.start())["session_token"]
        answer = await person.chat.send("POST", FROM, {"assessment_id": token})
        assert_problem(answer, 404, "assessment_not_found")

    async def test_another_s(self, person: Person, stranger: Person) -> None:
        token = await stranger.check_fit()
        answer = await person.chat.send("POST", FROM, {"assessment_id": token})
        assert_problem(answer, 404, "assessment_not_found")

    async def test_deleted_by_the_person(self, person: Person) -> None:
        token = await person.check_fit()
        talk = (await person.appeared(token))["conversation"]["id"]
        await person.chat.ok("DELETE", f"/conversations/{talk}")
        answer = await person.chat.send("POST", FROM, {"assessment_id": token})
        assert_problem(answer, 409, "conversation_deleted")

    @pytest.mark.parametrize(
        "wish", [{"assessment_id": "a b"}, {"title": ""}, {"auto_start": True}], ids=str
    )
    async def test_unreadable(self, person: Person, wish: dict[str, Any]) -> None:
        assert_problem(await person.chat.send("POST", FROM, wish), 422, "validation_failed")


class TestInitialize:
    async def test_opens_it(self, person: Person) -> None:
        token = await without_conversation(person)
        body = await person.chat.ok("POST", f"/assessment/{token}/initialize")
        assert body["success"] is True
        assert body["message"]
        assert (await person.found(token))["exists"]
        actor, action, _, request_id = audit(person.engine, person.user_id)[-1]
        assert (actor, action) == ("user", "initialize")
        assert request_id

    async def test_brings_back_a_deleted_one_with_all_that_was_said(self, person: Person) -> None:
        token = await person.check_fit()
        before = await person.appeared(token)
        talk = before["conversation"]["id"]
        await person.chat.ok("DELETE", f"/conversations/{talk}")
        await person.chat.ok(
            "POST", f"/assessment/{token}/initialize", {"trigger_source": "manual"}
        )
        after = await person.found(token)
        assert after["conversation"]["id"] == talk
        assert after["conversation"]["status"] == "active"
        assert after["messages"] == before["messages"]
        assert person.stages().count("chatbot_ready") == 2

    async def test_gives_an_empty_one_its_welcome(self, person: Person) -> None:
        token = await without_conversation(person)
        wish = {"assessment_id": token, "auto_start_message": False}
        await person.chat.send("POST", FROM, wish)
        await person.chat.ok("POST", f"/assessment/{token}/initialize")
        assert len((await person.found(token))["messages"]) == 1

    async def test_unknown_or_another_s(self, person: Person, stranger: Person) -> None:
        for token in (str(uuid4()), await stranger.check_fit()):
            answer = await person.chat.send("POST", f"/assessment/{token}/initialize")
            assert_problem(answer, 404, "assessment_not_found")


class TestConversationOfAnAssessment:
    async def test_none_yet(self, person: Person, stranger: Person) -> None:
        other = await stranger.check_fit()
        await stranger.appeared(other)
        for token in (str(uuid4()), other):
            assert await person.found(token) == {
                "exists": False,
                "conversation": None,
                "messages": None,
            }


class TestAddContext:
    async def test_an_own_conversation_knows_the_result(self, person: Person) -> None:
        token = await person.check_fit()
        await person.appeared(token)
        talk = await person.chat.create(title="Rencana")
        path = f"/conversations/{talk}/context/assessment"
        body = await person.chat.ok("POST", path, {"assessment_id": token})
        found = (await person.chat.ok("GET", f"/conversations/{talk}"))["conversation"]
        assert body == {"context_added": True, "assessment_data": found["context_data"]}
        assert found["context_data"]["assessment_id"] == token
        assert (found["context_type"], found["title"]) == ("assessment", "Rencana")
        given = await person.chat.ok("GET", f"/conversations/{talk}/suggestions")
        assert 6 <= len(given["suggestions"]) <= 8

    async def test_a_conversation_about_one_result_learns_of_another(self, person: Person) -> None:
        """What it suggests to ask is about what it knows now."""
        first, second = await person.finish(), await person.check_fit()
        talk = (await person.appeared(first))["conversation"]["id"]
        path = f"/conversations/{talk}/suggestions"
        before = (await person.chat.ok("GET", path))["suggestions"]
        body = {"assessment_id": second}
        await person.chat.ok("POST", f"/conversations/{talk}/context/assessment", body)
        target = (await person.player.ok_get(f"/result/fit-check/{second}"))["target_profession"]
        after = (await person.chat.ok("GET", path))["suggestions"]
        assert not any(target["name"] in text for text in before)
        assert any(target["name"] in text for text in after)

    async def test_another_s_conversation(self, person: Person, stranger: Person) -> None:
        token = await person.check_fit()
        talk = await stranger.chat.create()
        path = f"/conversations/{talk}/context/assessment"
        answer = await person.chat.send("POST", path, {"assessment_id": token})
        assert_problem(answer, 404, "conversation_not_found")

    async def test_another_s_result(self, person: Person, stranger: Person) -> None:
        token = await stranger.check_fit()
        talk = await person.chat.create()
        path = f"/conversations/{talk}/context/assessment"
        answer = await person.chat.send("POST", path, {"assessment_id": token})
        assert_problem(answer, 404, "assessment_not_found")


class TestReady:
    async def test_nothing_yet(self, person: Person) -> None:
        body = await person.chat.ok("GET", f"/conversations/assessment-ready/{person.user_id}")
        assert body == {
            "has_assessment": False,
            "assessment_date": None,
            "assessment_id": None,
            "conversation_exists": False,
            "conversation_id": None,
            "ready_for_chatbot": False,
        }

    async def test_with_its_conversation(self, person: Person) -> None:
        token = await person.check_fit()
        talk = (await person.appeared(token))["conversation"]["id"]
        body = await person.chat.ok("GET", f"/conversations/assessment-ready/{person.user_id}")
        assert set(body) == KEYS
        assert body.pop("assessment_date").endswith("Z")
        assert body == {
            "has_assessment": True,
            "assessment_id": token,
            "conversation_exists": True,
            "conversation_id": talk,
            "ready_for_chatbot": True,
        }

    async def test_a_deleted_conversation_is_none(self, person: Person) -> None:
        token = await person.check_fit()
        talk = (await person.appeared(token))["conversation"]["id"]
        await person.chat.ok("DELETE", f"/conversations/{talk}")
        body = await person.chat.ok("GET", f"/conversations/assessment-ready/{person.user_id}")
        assert (body["conversation_exists"], body["conversation_id"]) == (False, None)
        assert body["ready_for_chatbot"] is True

    async def test_another_s_is_not_found(self, person: Person, stranger: Person) -> None:
        for user_id in (stranger.user_id, uuid4()):
            answer = await person.chat.send("GET", f"/conversations/assessment-ready/{user_id}")
            assert_problem(answer, 404, "not_found")

    async def test_a_service_may_ask_for_any(
        self, person: Person, service: httpx.AsyncClient
    ) -> None:
        token = await person.check_fit()
        path = f"{CHAT}/conversations/assessment-ready/"
        answer = await service.get(f"{path}{person.user_id}")
        assert answer.json()["assessment_id"] == token
        assert_problem(await service.get(f"{path}{uuid4()}"), 404, "not_found")

    async def test_the_key_does_not_widen_what_a_user_may_ask(
        self, person: Person, stranger: Person, service: httpx.AsyncClient
    ) -> None:
        path = f"{CHAT}/conversations/assessment-ready/{stranger.user_id}"
        answer = await service.get(path, headers=person.chat.headers)
        assert_problem(answer, 404, "not_found")

    async def test_neither_login_nor_key(self, person: Person) -> None:
        path = f"{CHAT}/conversations/assessment-ready/{person.user_id}"
        for headers in ({}, {"X-Internal-Key": "wrong"}):
            answer = await person.client.get(path, headers=headers)
            assert_problem(answer, 401, "not_authenticated")
