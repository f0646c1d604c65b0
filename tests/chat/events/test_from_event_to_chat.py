"""An archive tells of a result: the conversation opens, and others hear that it is ready."""

import json

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine

from app.core.settings import Settings
from app.main import create_app
from tests.chat.assessment.archive_stub import ARCHIVED, OCEAN, ArchiveStub
from tests.chat.assessment.person import Person
from tests.chat.events.eye import Eye, camel, until
from tests.chat.events.test_broker_away import event_of
from tests.conftest import MakeClient
from tests.support.player import add_user


@pytest.mark.parametrize("key", ["analysis_complete", "analysis.completed"])
async def test_told_twice_opened_once_with_no_one_asking(
    events_settings: Settings, eye: Eye, make_client: MakeClient, events_engine: Engine, key: str
) -> None:
    with ArchiveStub() as archive:
        settings = events_settings.model_copy(
            update={
                "worker_in_serve": True,
                "openrouter_api_key": None,
                "archive_service_url": archive.base_url,
                "internal_service_key": SecretStr("an-internal-key-of-the-tests"),
            }
        )
        client = await make_client(create_app(settings))
        person = Person(client, settings, add_user(events_engine), events_engine)
        archive.keep(person.user_id)

        async def is_linked() -> bool:
            health = (await client.get("/health")).json()
            return bool(health["dependencies"]["rabbitmq"]["status"] == "healthy")

        await until(is_linked)
        for _ in range(2):
            await eye.tell(camel(person.user_id, ARCHIVED), key, f"{person.user_id}-done")
        ready = json.loads((await event_of(eye, person.user_id)).body)
        await person.no_jobs_left()
        found = await person.found(ARCHIVED)
    assert (ready["stage"], ready["assessmentId"]) == ("chatbot_ready", ARCHIVED)
    assert ready["conversation_id"] == found["conversation"]["id"]
    assert found["conversation"]["context_data"]["ocean"] == OCEAN
    assert (person.conversations(), person.welcomes()) == (1, 1)
    assert person.stages() == ["chatbot_ready"]
