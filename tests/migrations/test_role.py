"""The service's role: made by `migrate --role`, again and again, and bound by every policy."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from uuid import uuid4

import psycopg2
import pytest
from psycopg2 import sql
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine import make_url
from structlog.testing import capture_logs

from app.core.database import psycopg2_url
from app.core.settings import ConfigurationError
from app.main import create_app
from app.reference.repository import create_go_tables
from app.service_role import bypasses_row_security, make_service_role, url_as
from tests.conftest import MakeClient, MakeSettings
from tests.support.databases import ROOT, administer

PASSWORD = "sandi-uji-4Ke2"


@pytest.fixture
def role(any_server: str) -> Iterator[str]:
    """A name that nobody has; roles are those of the whole server."""
    name = f"uji_{uuid4().hex[:12]}"
    yield name
    administer(any_server, sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(name)))


def migrate(dsn: str, role: str, **more: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "app", "migrate", "--role", role],
        cwd=ROOT,
        env={**os.environ, "APP_ENV": "local", "DATABASE_URL": dsn, **more},
        capture_output=True,
        text=True,
        check=False,
    )


FORBIDDEN = (
    "SELECT password FROM users",
    "UPDATE users SET role = 'ADMIN'",
    "UPDATE riasec_codes SET riasec_title = ''",
    "UPDATE token_wallet SET user_id = gen_random_uuid()",
    "ALTER TABLE chat.conversations DISABLE ROW LEVEL SECURITY",
    "SET ROLE postgres",
)


def add_conversation(connection: Connection) -> None:
    connection.execute(
        text(
            "WITH rani AS (INSERT INTO users (fullname) VALUES ('Rani') RETURNING id)"
            " INSERT INTO chat.conversations (user_id) SELECT id FROM rani"
        )
    )


def assert_bound(connection: Connection) -> None:
    """It may look everywhere, and sees nobody's chat."""
    assert bypasses_row_security(connection) is False
    for what, found in (("chat.conversations", 0), ("procrastinate_jobs", 0), ("professions", 0)):
        assert connection.scalar(text(f"SELECT count(*) FROM {what}")) == found
    assert connection.scalar(text("SELECT count(id) FROM users")) == 1


def assert_forbidden(dsn: str) -> None:
    for statement in FORBIDDEN:
        with (
            closing(psycopg2.connect(dsn)) as raw,
            raw.cursor() as cursor,
            pytest.raises(psycopg2.errors.InsufficientPrivilege),
        ):
            cursor.execute(statement)


class TestCommand:
    def test_makes_a_role_that_sees_nothing_unasked(self, empty_dsn: str, role: str) -> None:
        engine = create_engine(psycopg2_url(empty_dsn))
        with engine.begin() as connection:
            create_go_tables(connection)
            connection.execute(text("ALTER TABLE users ADD COLUMN password text"))
        done = migrate(empty_dsn, role, SERVICE_ROLE_PASSWORD=PASSWORD)
        assert done.returncode == 0, done.stderr
        assert f"The role {role} may do what the service does" in done.stdout
        assert PASSWORD not in done.stdout + done.stderr
        with engine.begin() as connection:
            add_conversation(connection)
            # Somebody meant well; the next release takes it back.
            connection.execute(text(f"ALTER ROLE {role} SUPERUSER BYPASSRLS"))
        with engine.begin() as connection:
            assert make_service_role(connection, role, None) == []
            kept = connection.scalar(
                text("SELECT rolpassword FROM pg_authid WHERE rolname = :role"), {"role": role}
            )
        assert str(kept).startswith("SCRAM-SHA-256$")
        service = create_engine(psycopg2_url(url_as(empty_dsn, role)))
        with service.connect() as connection:
            assert_bound(connection)
        service.dispose()
        assert_forbidden(url_as(empty_dsn, role))
        with engine.begin() as connection:
            connection.execute(text(f"DROP OWNED BY {role}"))
        engine.dispose()

    @pytest.mark.parametrize("name", ["", "Rani", 'x"; DROP TABLE users; --', "9x", "a" * 64])
    def test_no_name_of_a_role(self, server_dsn: str, name: str) -> None:
        engine = create_engine(psycopg2_url(server_dsn))
        with engine.begin() as connection, pytest.raises(ConfigurationError, match="role's name"):
            make_service_role(connection, name, None)
        engine.dispose()

    def test_not_the_role_that_migrates(self, server_dsn: str) -> None:
        engine = create_engine(psycopg2_url(server_dsn))
        owner = make_url(server_dsn).username or ""
        with engine.begin() as connection, pytest.raises(ConfigurationError, match="migrates"):
            make_service_role(connection, owner, None)
        engine.dispose()


class TestAtStart:
    async def test_a_role_that_bypasses_is_told(
        self, make_settings: MakeSettings, make_client: MakeClient, database_dsn: str
    ) -> None:
        with capture_logs() as events:
            await make_client(create_app(make_settings(database_url=database_dsn)))
        assert [e["log_level"] for e in events if e["event"] == "row_security_bypassed"] == [
            "error"
        ]

    async def test_the_right_one_says_nothing(
        self, make_settings: MakeSettings, make_client: MakeClient
    ) -> None:
        with capture_logs() as events:
            await make_client(create_app(make_settings()))
        assert not [event for event in events if event["event"] == "row_security_bypassed"]
