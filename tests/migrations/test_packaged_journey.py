"""The whole journey on the PostgreSQL of the machine's packages."""

import uuid

from sqlalchemy import create_engine

from app.core.database import psycopg2_url
from app.main import create_app
from tests.conftest import MakeClient, MakeSettings
from tests.support.databases import empty_database, prepare
from tests.support.player import Player, add_user


async def test_journey(
    packaged_dsn: str, make_settings: MakeSettings, make_client: MakeClient
) -> None:
    with empty_database(packaged_dsn, f"journey_{uuid.uuid4().hex[:12]}") as dsn:
        prepare(dsn)
        settings = make_settings(database_url=dsn, riasec_form="full")
        engine = create_engine(psycopg2_url(dsn))
        player = Player(await make_client(create_app(settings)), settings, add_user(engine))
        token = await player.reach_ikigai(R=5, I=4, A=3, S=1, E=1, C=1)
        done = await player.answer_all(token)
        result = await player.ok_get(f"/result/recommendation/{token}")
        engine.dispose()
    assert done["status"] == "completed"
    assert [item["rank"] for item in result["recommended_professions"]] == [1, 2]
