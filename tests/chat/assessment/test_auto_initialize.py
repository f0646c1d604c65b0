"""Opening somebody's conversation about a result: for services with the internal key alone."""

from typing import Any
from uuid import uuid4

import httpx

from tests.chat.assessment.person import Person, without_conversation
from tests.chat.chatter import CHAT, audit
from tests.support.problems import assert_problem

PATH = f"{CHAT}/conversations/auto-initialize"


def asked_for(person: Person, token: str) -> dict[str, Any]:
    return {
        "user_id": str(person.user_id),
        "assessment_id": token,
        "trigger_source": "assessment_complete",
    }


async def test_opens_it(person: Person, service: httpx.AsyncClient) -> None:
    token = await without_conversation(person)
    answer = await service.post(PATH, json=asked_for(person, token))
    assert answer.status_code == 200, answer.text
    found = await person.found(token)
    assert answer.json() == {
        "conversation_id": found["conversation"]["id"],
        "ready": True,
        "initial_suggestions": found["messages"][0]["metadata"]["suggestions"],
    }
    assert audit(person.engine, person.user_id)[-1][:2] == ("service", "initialize")


async def test_leaves_a_deleted_one_alone(person: Person, service: httpx.AsyncClient) -> None:
    token = await person.check_fit()
    talk = (await person.appeared(token))["conversation"]["id"]
    await person.chat.ok("DELETE", f"/conversations/{talk}")
    answer = await service.post(PATH, json=asked_for(person, token))
    assert answer.json() == {
        "conversation_id": None,
        "ready": False,
        "initial_suggestions": [],
    }


async def test_is_for_services_only(person: Person) -> None:
    token = await person.check_fit()
    answer = await person.chat.send(
        "POST", "/conversations/auto-initialize", asked_for(person, token)
    )
    assert_problem(answer, 401, "not_authenticated")


async def test_a_user_whom_the_gateway_lends_its_key_is_no_service(
    person: Person, stranger: Person, service: httpx.AsyncClient
) -> None:
    body = asked_for(person, await person.check_fit())
    headers = {"X-User-Id": str(stranger.user_id)}
    answer = await service.post(PATH, json=body, headers=headers)
    assert_problem(answer, 401, "not_authenticated")


async def test_unknown(person: Person, service: httpx.AsyncClient) -> None:
    body = asked_for(person, str(uuid4()))
    assert_problem(await service.post(PATH, json=body), 404, "assessment_not_found")
    body["user_id"] = str(uuid4())
    assert_problem(await service.post(PATH, json=body), 404, "not_found")
