"""Sessions by the thousand: each a copy of one that was played through the interface."""

import asyncio
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import psycopg2
from psycopg2 import sql
from psycopg2.extras import register_uuid
from sqlalchemy import create_engine, text

from app.core.database import psycopg2_url
from app.core.security import issue_token
from app.core.settings import Settings
from tests.support.player import DIMENSIONS, TEXT, Player, add_user, body_of, sheet
from tests.support.rows import CHILDREN, SESSIONS

LETTERS = {"I": 5, "C": 5, "E": 5}  # code IEC: 14 candidates, five of them shown
STORY = (
    "Sejak kecil saya suka membongkar radio bekas di warung paman dan mencatat bagian mana yang"
    " rusak. Di sekolah saya membantu teman menyusun data penjualan koperasi, lalu membuat grafik"
    " supaya guru mudah melihat barang yang paling laku. "
)
LONG_TEXT = (STORY * 9)[:2000].strip()  # the longest that is taken
ADD_USERS = """
    WITH added AS (
        INSERT INTO users (fullname, email, role)
        SELECT 'Rani Puspita', gen_random_uuid()::text || '@contoh.id', 'USER'
        FROM generate_series(1, %s)
        RETURNING id
    ), members AS (
        INSERT INTO memberships (user_id, is_active) SELECT id, true FROM added
    )
    SELECT id FROM added
"""


@dataclass(frozen=True, slots=True)
class Run:
    """A session of a user of its own."""

    user_id: UUID
    token: str


@dataclass(frozen=True, slots=True)
class Templates:
    """One played session in each state that a route begins with; `sheet` answers the first."""

    riasec_ongoing: str
    ikigai_ongoing: str
    three_answered: str
    three_answered_at_length: str
    completed: str
    sheet: dict[str, Any]


def bearer(settings: Settings, user_id: UUID) -> dict[str, str]:
    return {"Authorization": f"Bearer {issue_token(settings, user_id, timedelta(hours=2))}"}


async def play_templates(settings: Settings, port: int, dsn: str) -> Templates:
    """One person plays them all, with texts as people write them."""
    engine = create_engine(psycopg2_url(dsn))
    user_id = add_user(engine)
    with engine.begin() as connection:
        join = text("INSERT INTO memberships (user_id, is_active) VALUES (:user, true)")
        connection.execute(join, {"user": user_id})
    engine.dispose()
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        player = Player(client, settings, user_id)
        completed = await player.reach_ikigai(**LETTERS)
        content = await player.ok_get(f"/ikigai/content/{completed}")
        option = content["candidates_with_content"][0]["profession_id"]
        for dimension in DIMENSIONS:
            body_of(await player.answer(completed, dimension, selected=option))
        three, at_length = [await _three_answered(player, told) for told in (TEXT, LONG_TEXT)]
        ikigai = await player.reach_ikigai(**LETTERS)
        started = await player.start()
    return Templates(
        started["session_token"], ikigai, three, at_length, completed, sheet(started, **LETTERS)
    )


async def _three_answered(player: Player, told: str) -> str:
    token = await player.reach_ikigai(**LETTERS)
    for dimension in DIMENSIONS[:3]:
        body_of(await player.answer(token, dimension, told))
    return token


def add_users(dsn: str, count: int) -> list[UUID]:
    """Members, as Go would have created them."""
    register_uuid()  # type: ignore[no-untyped-call]  # untyped
    with closing(psycopg2.connect(dsn)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(ADD_USERS, (count,))
        return [row[0] for row in cursor.fetchall()]


def copies(dsn: str, token: str, users: Sequence[UUID]) -> list[Run]:
    """A copy of the session for each of the users, with all its rows."""
    with closing(psycopg2.connect(dsn)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMP TABLE made AS SELECT s.id AS old_id, u.user_id,"
            " gen_random_uuid()::text AS token, nextval(pg_get_serial_sequence(%s, 'id')) AS id"
            f" FROM {SESSIONS} s, unnest(%s::uuid[]) AS u (user_id) WHERE s.session_token = %s",
            (SESSIONS, [str(user) for user in users], token),
        )
        new = {"id": "made.id", "user_id": "made.user_id", "session_token": "made.token"}
        _copy_rows(cursor, SESSIONS, new, "old.id = made.old_id")
        for table in CHILDREN:
            new = {"test_session_id": "made.id"}
            _copy_rows(cursor, table, new, "old.test_session_id = made.old_id")
        new = {"user_id": "made.user_id", "detail_session_id": "made.id"}
        _copy_rows(cursor, "kenalidiri_history", new, "old.detail_session_id = made.old_id")
        cursor.execute("SELECT user_id, token FROM made")
        found = [Run(*row) for row in cursor.fetchall()]
        cursor.execute("DROP TABLE made")
    return found


def _copy_rows(cursor: Any, table: str, new: dict[str, str], condition: str) -> None:
    """Rows of the old sessions once more, with the `new` expressions in their columns."""
    cursor.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s"
        " AND (column_name <> 'id' OR %s)",
        (table, "id" in new),
    )
    columns = [row[0] for row in cursor.fetchall()]
    values = [
        sql.SQL(new[name]) if name in new else sql.Identifier("old", name) for name in columns
    ]
    cursor.execute(
        sql.SQL(
            "INSERT INTO {table} ({columns}) SELECT {values} FROM {table} old, made WHERE "
        ).format(
            table=sql.Identifier(table),
            columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
            values=sql.SQL(", ").join(values),
        )
        + sql.SQL(condition)
    )


def analyse(dsn: str) -> None:
    """Plans as they are in a database that lives; new rows count nothing for the planner."""
    with closing(psycopg2.connect(dsn)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")


def play(settings: Settings, port: int, dsn: str) -> Templates:
    return asyncio.run(play_templates(settings, port, dsn))
