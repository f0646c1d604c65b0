"""An archive that never comes back: the person is told, and can ask for it themselves."""

import asyncio

from sqlalchemy import Engine

from app.chat.assessment.jobs import MOST_ATTEMPTS
from app.main import create_app
from tests.chat.assessment.archive_stub import ARCHIVED
from tests.chat.assessment.conftest import MakeOwnSettings
from tests.chat.assessment.person import PATIENCE_S, Person
from tests.conftest import MakeClient
from tests.support.databases import as_service
from tests.support.player import add_user
from tests.support.problems import assert_problem
from tests.support.working import jobs_of

TASK = "open_assessment_conversation"
ALMOST = "UPDATE procrastinate_jobs SET attempts = :n, scheduled_at = NULL WHERE task_name = :task"


async def test_the_last_attempt_tells_the_person(
    lonely_dsn: str, lonely_engine: Engine, own_settings: MakeOwnSettings, make_client: MakeClient
) -> None:
    dsn = as_service(lonely_dsn)
    nobody_there = {"archive_service_url": "http://127.0.0.1:9", "database_url": dsn}
    settings = own_settings(**nobody_there)
    client = await make_client(create_app(settings))
    person = Person(client, settings, add_user(lonely_engine), lonely_engine)
    person.enqueue(ARCHIVED)
    await until_attempts(person, 1)
    person.row(ALMOST, n=MOST_ATTEMPTS - 2, task=TASK)
    await until_attempts(person, MOST_ATTEMPTS - 1)
    assert person.stages() == []  # one is left
    person.row(ALMOST, n=MOST_ATTEMPTS - 1, task=TASK)
    async with asyncio.timeout(PATIENCE_S):
        while person.stages() != ["assessment_failed"]:  # noqa: ASYNC110 - it lies in the rows
            await asyncio.sleep(0.05)
    listed = await person.chat.ok("GET", "/notifications")
    assert listed["items"][0]["action"] == {
        "type": "initialize",
        "url": f"/api/chat/assessment/{ARCHIVED}/initialize",
    }
    answer = await person.chat.send("POST", f"/assessment/{ARCHIVED}/initialize")
    assert_problem(answer, 503, "archive_unavailable")


async def until_attempts(person: Person, attempts: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while jobs_of(person.engine, TASK) != [("todo", attempts)]:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.05)
