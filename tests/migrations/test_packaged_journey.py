"""The whole journey on the PostgreSQL of the machine's packages."""

import uuid
from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine

from app.core.database import psycopg2_url
from app.main import create_app
from tests.conftest import MakeClient, MakeSettings
from tests.support.databases import empty_database, prepare
from tests.support.player import Player, add_user


@pytest.fixture
def prepared_dsn(packaged_dsn: str) -> Iterator[str]:
    with empty_database(packaged_dsn, f"journey_{uuid.uuid4().hex[:12]}") as dsn:
        prepare(dsn)
        yield dsn


async def test_journey(
    prepared_dsn: str, make_settings: MakeSettings, make_client: MakeClient
) -> None:
    """The application ends before its database does: without one it would wait 5 s to end."""
    settings = make_settings(database_url=prepared_dsn, riasec_form="full")
    engine = create_engine(psycopg2_url(prepared_dsn))
    player = Player(await make_client(create_app(settings)), settings, add_user(engine))
    token = await player.reach_ikigai(R=5, I=4, A=3, S=1, E=1, C=1)
    done = await player.answer_all(token)
    result = await player.ok_get(f"/result/recommendation/{token}")
    engine.dispose()
    assert done["status"] == "completed"
    assert [item["rank"] for item in result["recommended_professions"]] == [1, 2]
