"""The list of notifications, as an app that reads no stream asks for it."""

import httpx
import pytest
from fastapi import FastAPI

from app.chat.notifications import stages
from app.chat.notifications.events import EXAMPLE
from app.chat.notifications.schemas import NotificationItem
from tests.chat.notifications.conftest import MakePerson, Person
from tests.support.problems import assert_problem
from tests.support.statements import recorded_statements

LIST = "/api/chat/notifications"
RUN = "0f8fad5b-d9cb-469f-a165-70867728950e"


async def listed(client: httpx.AsyncClient, person: Person, **query: int) -> httpx.Response:
    return await client.get(LIST, params=query, headers=person.headers())


def test_the_example_of_the_stream() -> None:
    data = next(line for line in EXAMPLE.splitlines() if line.startswith("data: "))
    item = NotificationItem.model_validate_json(data.removeprefix("data: "))
    news = stages.analysis_started(str(item.assessment_id))
    shown = item.model_dump(by_alias=True)
    assert {name: shown[name] for name in news.payload} == news.payload


async def test_empty(client: httpx.AsyncClient, person: Person) -> None:
    assert (await listed(client, person)).json() == {"items": [], "next_cursor": None}


async def test_newest_first_with_every_member(client: httpx.AsyncClient, person: Person) -> None:
    person.tell(stages.assessment_submitted(RUN), stages.analysis_started(RUN))
    body = (await listed(client, person)).json()
    assert [item["stage"] for item in body["items"]] == ["analysis_started", "assessment_submitted"]
    assert body["items"][1] == {
        "id": person.stored()[0][0],
        "stage": "assessment_submitted",
        "title": "Jawabanmu sudah kami terima",
        "message": "Semua jawabanmu tersimpan. Sebentar lagi kami mulai membacanya.",
        "progress": 25,
        "assessmentId": RUN,
        "action": None,
        "conversation_id": None,
        "message_id": None,
        "timestamp": body["items"][1]["timestamp"],
        "delivered_at": None,
    }


async def test_page_by_page(client: httpx.AsyncClient, person: Person) -> None:
    person.tell(*(stages.interim("c-1", f"m-{n}") for n in range(5)))
    first = (await listed(client, person, limit=2)).json()
    person.tell(stages.interim("c-1", "m-5"))
    second = (await listed(client, person, limit=2, cursor=first["next_cursor"])).json()
    last = (await listed(client, person, limit=2, cursor=second["next_cursor"])).json()
    pages = [[item["message_id"] for item in page["items"]] for page in (first, second, last)]
    assert pages == [["m-4", "m-3"], ["m-2", "m-1"], ["m-0"]]
    assert last["next_cursor"] is None


async def test_looking_delivers_nothing(client: httpx.AsyncClient, person: Person) -> None:
    person.tell(stages.analysis_started(RUN))
    await listed(client, person)
    assert person.delivered() == [False]


async def test_nothing_of_somebody_else(
    client: httpx.AsyncClient, person: Person, stranger: Person
) -> None:
    stranger.tell(stages.analysis_started(RUN))
    assert (await listed(client, person)).json()["items"] == []


async def test_one_statement(app: FastAPI, client: httpx.AsyncClient, person: Person) -> None:
    person.tell(stages.analysis_started(RUN))
    with recorded_statements(app.state.health.database.engine) as statements:
        await listed(client, person)
    assert len(statements) == 1


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 101}, {"cursor": 0}, {"cursor": -1}])
async def test_out_of_bounds(
    client: httpx.AsyncClient, person: Person, query: dict[str, int]
) -> None:
    assert_problem(await listed(client, person, **query), 422, "validation_failed")


@pytest.mark.parametrize("path", [LIST, f"{LIST}/stream"])
class TestWhoMay:
    async def test_nobody(self, client: httpx.AsyncClient, path: str) -> None:
        assert_problem(await client.get(path), 401, "not_authenticated")

    async def test_wrong_role(
        self, client: httpx.AsyncClient, make_person: MakePerson, path: str
    ) -> None:
        admin = make_person(role="ADMIN")
        response = await client.get(path, headers=admin.headers())
        assert_problem(response, 403, "role_not_allowed")

    async def test_deleted(
        self, client: httpx.AsyncClient, make_person: MakePerson, path: str
    ) -> None:
        gone = make_person(deleted=True)
        assert_problem(await client.get(path, headers=gone.headers()), 401, "not_authenticated")
