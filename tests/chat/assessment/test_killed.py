"""Exactly one conversation, whatever dies and whoever else is at it."""

import asyncio
from pathlib import Path

from sqlalchemy import Engine

from app.chat.assessment.local.source import LocalSource
from app.chat.assessment.opener import AssessmentOpener, Result, Wish
from app.chat.assessment.welcome_writer import WelcomeWriter
from app.chat.audit.entry import Act
from app.chat.audit.models import Action, Actor
from app.core.database import Database
from app.llm.port import ChatRequest, Stream
from app.main import create_app
from app.users.repository import find_caller
from tests.chat.advisor.asking import FIRST, an_advisor
from tests.chat.assessment.conftest import MakeOwnSettings
from tests.chat.assessment.person import Person
from tests.conftest import MakeClient
from tests.support import sim_faults as faults
from tests.support.databases import as_service
from tests.support.model_clients import Recorder
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.player import add_user
from tests.support.working import jobs_of, running_worker

TASK = "open_assessment_conversation"


async def finished_without_worker(
    dsn: str, engine: Engine, own_settings: MakeOwnSettings, make_client: MakeClient
) -> tuple[Person, str]:
    settings = own_settings(database_url=as_service(dsn), worker_in_serve=False)
    client = await make_client(create_app(settings))
    person = Person(client, settings, add_user(engine), engine)
    return person, await person.check_fit()


async def test_killed_while_the_model_speaks(
    lonely_dsn: str,
    lonely_engine: Engine,
    own_settings: MakeOwnSettings,
    make_client: MakeClient,
    sim: OpenRouterSim,
    tmp_path: Path,
) -> None:
    person, token = await finished_without_worker(
        lonely_dsn, lonely_engine, own_settings, make_client
    )
    model = {"openrouter_api_key": "sim-key", "openrouter_base_url": sim.base_url}
    sim.always("chat", faults.hang_before_headers)
    settings = own_settings(database_url=as_service(lonely_dsn), **model)
    with running_worker(settings, tmp_path) as worker:
        assert await asyncio.to_thread(sim.wait_calls, 1, 30)
        worker.kill()
    assert person.conversations() == 0
    assert jobs_of(lonely_engine, TASK) == [("doing", 0)]
    await make_client(create_app(own_settings(database_url=as_service(lonely_dsn))))
    await person.appeared(token)
    await person.no_jobs_left()
    assert (person.conversations(), person.welcomes()) == (1, 1)
    assert person.stages().count("chatbot_ready") == 1


async def test_many_processes_at_once(
    lonely_dsn: str,
    lonely_engine: Engine,
    own_settings: MakeOwnSettings,
    make_client: MakeClient,
) -> None:
    """Openers that know nothing of one another, as in processes of their own."""
    person, token = await finished_without_worker(
        lonely_dsn, lonely_engine, own_settings, make_client
    )
    database = Database(person.settings, as_service(lonely_dsn))
    caller = await database.read(lambda c: find_caller(c, person.user_id))
    assert caller is not None
    writer = WelcomeWriter(an_advisor(Recorder(), (FIRST,)))
    wish = Wish(Act(Actor.WORKER, Action.INITIALIZE))
    openers = [AssessmentOpener(database, LocalSource(database), writer) for _ in range(20)]
    opened = await asyncio.gather(*(opener.open(caller, token, wish) for opener in openers))
    database.close()
    results = [item.result for item in opened]
    assert results.count(Result.OPENED) == 1
    assert results.count(Result.THERE) == 19
    assert len({item.conversation.id for item in opened if item.conversation}) == 1
    assert (person.conversations(), person.welcomes()) == (1, 1)
    assert person.stages().count("chatbot_ready") == 1


async def test_the_session_vanishes_while_the_model_speaks(
    lonely_dsn: str,
    lonely_engine: Engine,
    own_settings: MakeOwnSettings,
    make_client: MakeClient,
) -> None:
    person, token = await finished_without_worker(
        lonely_dsn, lonely_engine, own_settings, make_client
    )
    database = Database(person.settings, as_service(lonely_dsn))
    caller = await database.read(lambda c: find_caller(c, person.user_id))
    assert caller is not None

    class Deleting(Recorder):
        """Go's admin deletes the session meanwhile."""

        def stream(self, request: ChatRequest) -> Stream:
            person.forget_session(token)
            return super().stream(request)

    writer = WelcomeWriter(an_advisor(Deleting(), (FIRST,)))
    opener = AssessmentOpener(database, LocalSource(database), writer)
    opened = await opener.open(caller, token, Wish(Act(Actor.WORKER, Action.INITIALIZE)))
    database.close()
    assert opened.result is Result.GONE
    assert person.conversations() == 0
    assert "chatbot_ready" not in person.stages()


async def test_opened_by_another_and_deleted_while_the_model_speaks(
    lonely_dsn: str,
    lonely_engine: Engine,
    own_settings: MakeOwnSettings,
    make_client: MakeClient,
) -> None:
    person, token = await finished_without_worker(
        lonely_dsn, lonely_engine, own_settings, make_client
    )
    database = Database(person.settings, as_service(lonely_dsn))
    caller = await database.read(lambda c: find_caller(c, person.user_id))
    assert caller is not None

    class Faster(Recorder):
        def stream(self, request: ChatRequest) -> Stream:
            person.row(
                "INSERT INTO chat.conversations (user_id, assessment_id, context_type, status)"
                " VALUES (:user, :t, 'assessment', 'deleted')",
                t=token,
            )
            return super().stream(request)

    writer = WelcomeWriter(an_advisor(Faster(), (FIRST,)))
    opener = AssessmentOpener(database, LocalSource(database), writer)
    opened = await opener.open(caller, token, Wish(Act(Actor.WORKER, Action.INITIALIZE)))
    database.close()
    assert opened.result is Result.DELETED
    assert (person.conversations(), person.welcomes()) == (1, 0)
    assert not (await person.found(token))["exists"]
