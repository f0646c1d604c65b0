"""Databases as others left them: tests/migrations/starting_points/*.sql."""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine

from app.core.database import psycopg2_url
from app.reference.repository import create_go_tables
from tests.support.databases import ROOT, empty_database

FOLDER = ROOT / "tests" / "migrations" / "starting_points"
USER = "00000000-0000-4000-8000-000000000001"  # whose runs the files hold
SESSIONS = "careerprofile_test_sessions"
Rows = dict[str, list[dict[str, Any]]]


@contextmanager
def beside_go(server: str) -> Iterator[Engine]:
    """A database that holds Go's own tables, gone after the block."""
    with empty_database(server, f"adoption_{uuid.uuid4().hex[:12]}") as dsn:
        engine = create_engine(psycopg2_url(dsn))
        with engine.begin() as connection:
            create_go_tables(connection)
        yield engine
        engine.dispose()


def script_of(name: str) -> str:
    """The statements of a starting point, with those of the files that it builds on."""
    lines = (FOLDER / f"{name}.sql").read_text(encoding="utf-8").splitlines()
    return "\n".join(
        script_of(line.removeprefix("\\i ").removesuffix(".sql"))
        if line.startswith("\\i ")
        else line
        for line in lines
    )


def load(engine: Engine, name: str) -> None:
    with engine.begin() as connection:
        run(connection, f"INSERT INTO users (id, fullname, role) VALUES ('{USER}', 'Sari', 'USER')")
        run(
            connection,
            "INSERT INTO kenalidiri_categories (id, category_code, category_name,"
            " detail_table_name) VALUES (1, 'CAREER_PROFILE', 'Profil', 'x')",
        )
        run(connection, script_of(name))


def run(connection: Connection, script: str) -> Any:
    """Statements as they are: a percent sign in them is one."""
    return connection.execution_options(no_parameters=True).exec_driver_sql(script)


def contents(engine: Engine) -> Rows:
    """All rows by table, in the order of what they hold."""
    with engine.connect() as connection:
        tables = run(
            connection,
            "SELECT relname FROM pg_class WHERE relkind = 'r'"
            " AND relnamespace = current_schema()::regnamespace ORDER BY relname",
        ).scalars()
        return {
            table: list(
                run(connection, f'SELECT to_jsonb(t) FROM "{table}" t ORDER BY t::text').scalars()
            )
            for table in tables.all()
        }


def columns(engine: Engine) -> list[tuple[Any, ...]]:
    """Every column of every table and view, with its type, default and nullability."""
    with engine.connect() as connection:
        found = run(
            connection,
            "SELECT table_name, column_name, data_type, character_maximum_length, column_default,"
            " is_nullable FROM information_schema.columns"
            " WHERE table_schema = current_schema() ORDER BY 1, 2",
        )
        return [tuple(row) for row in found]


def assert_kept(before: Rows, after: Rows) -> None:
    """Every row is there with every value that it held; only NULL may have become something."""
    for table, rows in before.items():
        assert len(after[table]) == len(rows), table
        for row in rows:
            assert any(_held(row) <= _held(now) for now in after[table]), (table, row)


def _held(row: dict[str, Any]) -> set[tuple[str, str]]:
    return {(key, json.dumps(value)) for key, value in row.items() if value is not None}
