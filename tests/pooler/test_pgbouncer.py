"""The service behind pgbouncer in transaction mode, set up as docs/operations.md says."""

import asyncio
import os
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine, text
from structlog.testing import capture_logs

from app.core.database import Database, psycopg2_url
from app.core.settings import Settings
from app.main import create_app
from tests.chat.chatter import Chatter
from tests.conftest import MakeClient, MakeSettings
from tests.support.databases import as_service, copy_of
from tests.support.finalized import answer_fourth_by_hand, three_answered
from tests.support.player import Player, add_user
from tests.support.pooler import pgbouncer
from tests.support.processes import wait_until
from tests.support.rows import SESSIONS, execute, status_of
from tests.support.working import QUICK

CONNECTIONS = 2  # of the pooler to PostgreSQL: fewer than the service's own


@pytest.fixture(scope="module")
def direct_dsn(server_dsn: str, template: str, worker_id: str) -> Iterator[str]:
    with copy_of(server_dsn, template, f"pooler_{worker_id}_{os.getpid()}") as dsn:
        yield dsn


@pytest.fixture(scope="module")
def pooled_dsn(direct_dsn: str) -> Iterator[str]:
    service = as_service(direct_dsn)
    with pgbouncer(service, default_pool_size=CONNECTIONS, reserve_pool_size=0) as dsn:
        yield dsn


@pytest.fixture
def own_engine(direct_dsn: str) -> Iterator[Engine]:
    engine = create_engine(psycopg2_url(direct_dsn))
    yield engine
    engine.dispose()


@pytest.fixture
def settings(pooled_dsn: str, direct_dsn: str, make_settings: MakeSettings) -> Settings:
    return make_settings(
        database_url=pooled_dsn,
        database_direct_url=as_service(direct_dsn),
        worker_in_serve=True,
        **QUICK,
    )


@pytest.fixture
async def player(settings: Settings, make_client: MakeClient, own_engine: Engine) -> Player:
    return Player(await make_client(create_app(settings)), settings, add_user(own_engine))


class TestPgbouncer:
    async def test_journeys_at_once_and_a_talk(
        self, player: Player, settings: Settings, own_engine: Engine
    ) -> None:
        people = [
            Player(player.client, settings, add_user(own_engine)) for _ in range(2 * CONNECTIONS)
        ]

        async def journey(person: Player) -> str:
            token = await person.reach_ikigai()
            return str((await person.answer_all(token))["status"])

        assert set(await asyncio.gather(*map(journey, people))) == {"completed"}
        chatter = Chatter(player.client, settings, people[0].user_id)
        talk = await chatter.create()
        path = f"/conversations/{talk}/messages"
        said = await chatter.ok("POST", path, {"content": "Halo"})
        assert said["assistant_message"]["content"]
        stranger = Chatter(player.client, settings, people[1].user_id)
        assert (await stranger.send("GET", path)).status_code == 404

    async def test_a_job_is_done(self, player: Player, own_engine: Engine) -> None:
        token = await three_answered(player)
        answer_fourth_by_hand(own_engine, token)
        execute(
            own_engine,
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args) SELECT 'default',"
            f" 'finalize_session', jsonb_build_object('session_id', id) FROM {SESSIONS}"
            " WHERE session_token = :token",
            token=token,
        )
        assert await asyncio.to_thread(
            wait_until, lambda: status_of(own_engine, token) == "completed", 20
        )


class TestSettingsOfASession:
    async def test_are_as_without_a_pooler(self, settings: Settings, pooled_dsn: str) -> None:
        database = Database(settings, pooled_dsn)
        shown = text(
            "SELECT current_setting('statement_timeout'), current_setting('jit'),"
            " current_setting('TimeZone')"
        )
        found = await database.read(lambda c: c.execute(shown).one())
        assert tuple(found) == ("10s", "off", "UTC")
        database.close()

    async def test_whose_rows_are_meant_is_forgotten_with_the_transaction(
        self, settings: Settings, pooled_dsn: str
    ) -> None:
        database = Database(settings, pooled_dsn)
        current = text("SELECT current_setting('app.current_user_id', true)")
        variables = {"app.current_user_id": "2f1b5a52-0000-4000-8000-000000000001"}
        inside = [
            await database.transact(lambda c: c.scalar(current), variables)
            for _ in range(CONNECTIONS)
        ]
        assert set(inside) == set(variables.values())
        outside = await asyncio.gather(
            *(database.read(lambda c: c.scalar(current)) for _ in range(4 * CONNECTIONS))
        )
        assert set(outside) <= {None, ""}
        database.close()

    async def test_says_when_the_pooler_sets_no_timeout(
        self, direct_dsn: str, make_settings: MakeSettings, make_client: MakeClient
    ) -> None:
        service = as_service(direct_dsn)
        with pgbouncer(service, connect_query=False) as dsn, capture_logs() as logs:
            await make_client(create_app(make_settings(database_url=dsn)))
        assert "statement_timeout_missing" in [entry["event"] for entry in logs]
