"""Who has had everything erased is left alone, until they ask themselves."""

import asyncio

import httpx

from app.chat.assessment.local.source import LocalSource
from app.chat.assessment.opener import AssessmentOpener, Result, Wish
from app.chat.assessment.welcome_writer import WelcomeWriter
from app.chat.audit.entry import Act
from app.chat.audit.models import Action, Actor
from app.chat.own_data.repository import erase
from app.core.database import Database
from app.llm.port import ChatRequest, Stream
from app.users.repository import find_caller
from tests.chat.advisor.asking import FIRST, an_advisor
from tests.chat.assessment.person import Person
from tests.chat.chatter import CHAT, audit
from tests.support.databases import as_service
from tests.support.model_clients import Recorder

WAITING = (
    "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)
AUTO = f"{CHAT}/conversations/auto-initialize"


async def erased(person: Person) -> str:
    """A result whose conversation the person had erased with everything else."""
    token = await person.check_fit()
    await person.appeared(token)
    assert await person.chat.ok("DELETE", "/me") == {"deleted": 1}
    return token


async def test_a_job_that_comes_late_opens_nothing(person: Person) -> None:
    token = await erased(person)
    person.enqueue(token)
    await person.no_jobs_left()
    assert not (await person.found(token))["exists"]
    assert (person.conversations(), person.stages()) == (0, [])


async def test_nor_does_another_service(person: Person, service: httpx.AsyncClient) -> None:
    token = await erased(person)
    body = {"user_id": str(person.user_id), "assessment_id": token}
    answer = await service.post(AUTO, json=body)
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"conversation_id": None, "ready": False, "initial_suggestions": []}
    assert person.conversations() == 0


async def test_erased_while_the_model_speaks(person: Person, own_dsn: str) -> None:
    token = await person.check_fit()
    await person.appeared(token)
    person.forget_conversation()

    class Erasing(Recorder):
        def stream(self, request: ChatRequest) -> Stream:
            person.row(
                "INSERT INTO chat.audit_log (user_id, actor, action, object)"
                " VALUES (:user, 'user', 'erase', 'user')"
            )
            return super().stream(request)

    database = Database(person.settings, as_service(own_dsn))
    caller = await database.read(lambda c: find_caller(c, person.user_id))
    assert caller is not None
    writer = WelcomeWriter(an_advisor(Erasing(), (FIRST,)))
    opener = AssessmentOpener(database, LocalSource(database), writer)
    opened = await opener.open(caller, token, Wish(Act(Actor.WORKER, Action.INITIALIZE)))
    database.close()
    assert audit(person.engine, person.user_id)[-1][1] == "erase"
    assert (opened.result, person.conversations()) == (Result.DELETED, 0)


async def test_erased_between_the_look_and_the_opening(person: Person, own_dsn: str) -> None:
    """The erasure has deleted what there is and is not committed when the job comes."""
    token = await person.check_fit()
    await person.appeared(token)
    person.forget_conversation()
    database = Database(person.settings, as_service(own_dsn))
    caller = await database.read(lambda c: find_caller(c, person.user_id))
    assert caller is not None
    writer = WelcomeWriter(an_advisor(Recorder(), (FIRST,)))
    opener = AssessmentOpener(database, LocalSource(database), writer)
    with person.engine.begin() as erasing:
        erase(erasing, person.user_id, Act(Actor.USER, Action.ERASE, None))
        wish = Wish(Act(Actor.WORKER, Action.INITIALIZE))
        opening = asyncio.create_task(opener.open(caller, token, wish))
        async with asyncio.timeout(10):
            while not (opening.done() or person.row(WAITING)):  # noqa: ASYNC110 - it lies in the database
                await asyncio.sleep(0.02)
    opened = await opening
    database.close()
    assert (opened.result, person.conversations()) == (Result.DELETED, 0)


async def test_the_person_may_ask(person: Person) -> None:
    token = await erased(person)
    await person.chat.ok("POST", f"/assessment/{token}/initialize")
    assert (await person.found(token))["exists"]
    person.enqueue(token)
    await person.no_jobs_left()
    assert person.conversations() == 1


async def test_a_later_result_opens_its_conversation(person: Person) -> None:
    await erased(person)
    assert (await person.appeared(await person.check_fit(S=5, A=4)))["messages"]
