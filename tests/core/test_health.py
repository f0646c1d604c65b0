"""/health/live and /health: what they say, and what they never say."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, create_engine, text

from app.core.database import psycopg2_url
from app.main import create_app
from tests.conftest import MakeClient, MakeSettings
from tests.support.databases import copy_of, dsn_of

UNREACHABLE = "postgresql://nobody:geheim@127.0.0.1:1/none"


async def health(client: httpx.AsyncClient, status: int) -> dict[str, Any]:
    response = await client.get("/health")
    assert response.status_code == status, response.text
    body: dict[str, Any] = response.json()
    assert body.keys() == {"status", "timestamp", "service", "version", "dependencies"}
    assert datetime.fromisoformat(body["timestamp"]).tzinfo is not None
    assert body["dependencies"].keys() >= {"database", "openrouter"}
    assert all(found.keys() == {"status"} for found in body["dependencies"].values())
    return body


def states(body: dict[str, Any]) -> tuple[str, str, str]:
    found = body["dependencies"]
    return body["status"], found["database"]["status"], found["openrouter"]["status"]


class TestLive:
    async def test_alive(self, client: httpx.AsyncClient) -> None:
        body = (await client.get("/health/live")).json()
        assert body.keys() == {"status", "timestamp"}
        assert body["status"] == "alive"
        assert body["timestamp"].endswith("Z")

    async def test_without_a_database(
        self, make_settings: MakeSettings, make_client: MakeClient
    ) -> None:
        client = await make_client(create_app(make_settings(database_url=UNREACHABLE)))
        assert (await client.get("/health/live")).status_code == 200


class TestHealth:
    async def test_healthy(self, client: httpx.AsyncClient) -> None:
        assert states(await health(client, 200)) == ("healthy", "healthy", "healthy")

    async def test_degraded_with_the_offline_model(
        self, make_settings: MakeSettings, make_client: MakeClient
    ) -> None:
        client = await make_client(create_app(make_settings(openrouter_api_key=None)))
        assert states(await health(client, 200)) == ("degraded", "healthy", "degraded")

    async def test_unhealthy_without_a_database(
        self, make_settings: MakeSettings, make_client: MakeClient
    ) -> None:
        client = await make_client(create_app(make_settings(database_url=UNREACHABLE)))
        body = await health(client, 503)
        assert states(body) == ("unhealthy", "unhealthy", "healthy")
        for told in ("127.0.0.1", "nobody", "geheim", "refused", "Error"):
            assert told not in str(body)

    async def test_no_such_database(
        self, make_settings: MakeSettings, make_client: MakeClient, database_dsn: str
    ) -> None:
        settings = make_settings(database_url=dsn_of(database_dsn, "tidak_ada"))
        client = await make_client(create_app(settings))
        assert states(await health(client, 503))[0] == "unhealthy"


@pytest.fixture(scope="module")
def own_dsn(server_dsn: str, template: str, worker_id: str) -> Iterator[str]:
    with copy_of(server_dsn, template, f"health_{worker_id}") as dsn:
        yield dsn


@pytest.fixture
def own_engine(own_dsn: str) -> Iterator[Engine]:
    engine = create_engine(psycopg2_url(own_dsn))
    yield engine
    engine.dispose()


def set_revision(engine: Engine, revision: str | None) -> None:
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM alembic_version"))
        if revision is not None:
            insert = text("INSERT INTO alembic_version VALUES (:revision)")
            connection.execute(insert, {"revision": revision})


class TestMigrations:
    async def test_of_every_kind(
        self,
        own_dsn: str,
        own_engine: Engine,
        make_settings: MakeSettings,
        make_client: MakeClient,
    ) -> None:
        app = create_app(make_settings(database_url=own_dsn))
        client = await make_client(app)
        assert states(await health(client, 200))[0] == "healthy"

        set_revision(own_engine, "9999_dari_masa_depan")
        assert states(await health(client, 200)) == ("degraded", "degraded", "healthy")

        set_revision(own_engine, None)
        assert states(await health(client, 503)) == ("unhealthy", "unhealthy", "healthy")

        revisions = app.state.health.revisions
        for older in revisions.known - {revisions.head}:
            set_revision(own_engine, older)
            assert states(await health(client, 503))[0] == "unhealthy"

        set_revision(own_engine, revisions.head)
        assert states(await health(client, 200))[0] == "healthy"

    async def test_never_migrated(
        self,
        own_dsn: str,
        own_engine: Engine,
        make_settings: MakeSettings,
        make_client: MakeClient,
    ) -> None:
        with own_engine.begin() as connection:
            connection.execute(text("ALTER TABLE alembic_version RENAME TO hidden_version"))
        try:
            client = await make_client(create_app(make_settings(database_url=own_dsn)))
            assert states(await health(client, 503))[0] == "unhealthy"
        finally:
            with own_engine.begin() as connection:
                connection.execute(text("ALTER TABLE hidden_version RENAME TO alembic_version"))
