"""A database of a service that has been used: rows by SQL, multiplied from a few that were made
through the interface. Foreign keys are not checked meanwhile: the copies point where they should.
"""

from collections.abc import Mapping
from contextlib import closing
from typing import Any

import psycopg2
from psycopg2 import sql

from tests.support.rows import CHILDREN, SESSIONS

# What people's sessions are, in a hundred.
SHARES = {"riasec_ongoing": 30, "ikigai_ongoing": 10, "fit_check": 10, "completed": 50}
PER_USER = 2
SESSIONS_OF_A_TALK = 5
CATALOGUE_CHILDREN = (
    "profession_aliases",
    "profession_activities",
    "profession_market_insights",
    "profession_career_paths",
    "profession_skill_rels",
    "profession_tool_rels",
    "profession_study_program_rels",
)
MAKE_SESSIONS = f"""
    CREATE TEMP TABLE made_users AS
        SELECT place, gen_random_uuid() AS id
        FROM generate_series(0, %(count)s / {PER_USER}) place;
    CREATE TEMP TABLE made AS
        SELECT nextval(pg_get_serial_sequence('{SESSIONS}', 'id')) AS id, u.id AS user_id,
            gen_random_uuid()::text AS token, n %% 100 AS place,
            date_trunc('month', now() + interval '1 month')
                - n * interval '300 days' / %(count)s AS at
        FROM generate_series(1, %(count)s) n JOIN made_users u ON u.place = n / {PER_USER};
    INSERT INTO users (id, fullname, email, role)
        SELECT id, 'Rani Puspita', id::text || '@contoh.id', 'USER' FROM made_users;
    INSERT INTO memberships (user_id, is_active) SELECT id, true FROM made_users;
    INSERT INTO token_wallet (user_id, balance) SELECT id, 5 FROM made_users;
"""
MAKE_TALKS = f"""
    CREATE TEMP TABLE made_talks AS SELECT gen_random_uuid() AS id, user_id, token, at FROM made
        WHERE place %% {SESSIONS_OF_A_TALK} = 0;
    INSERT INTO chat.conversations
        (id, user_id, assessment_id, last_turn_number, created_at, updated_at)
        SELECT id, user_id, token, 3, at, at FROM made_talks;
    CREATE TEMP TABLE made_messages AS
        SELECT gen_random_uuid() AS id, talk.id AS talk_id, user_id, turn, version, at
        FROM made_talks talk, generate_series(1, 3) turn, generate_series(0, 1) version;
    INSERT INTO chat.messages
        (id, conversation_id, user_id, sender_type, content, turn_number, version, created_at)
        SELECT id, talk_id, user_id, CASE version WHEN 0 THEN 'user' ELSE 'assistant' END,
            %(text)s, turn, version, at FROM made_messages;
    INSERT INTO chat.usage_tracking
        (conversation_id, user_id, message_id, model_used, total_tokens, created_at)
        SELECT talk_id, user_id, id, 'sim/model', 900, at FROM made_messages WHERE version = 1;
    INSERT INTO chat.notifications (user_id, stage, payload, created_at, delivered_at)
        SELECT user_id, 'riasec_completed', '{{}}', at, at FROM made;
    INSERT INTO chat.audit_log (actor, action, object, user_id, created_at)
        SELECT 'user', 'conversation.create', id::text, user_id, at FROM made_talks;
"""


def grow_sessions(dsn: str, tokens: Mapping[str, str], count: int, *, whole: int = 0) -> None:
    """So many sessions more, with users, rows of the chat and of all stages, up to the end of this
    month: what is counted since its beginning is a month's, whatever the day.

    `tokens` name a played session of each kind in SHARES. Of the first `whole` the documents are
    whole as well, of the others an empty one stands in their place.
    """
    with closing(psycopg2.connect(dsn)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(MAKE_SESSIONS, {"count": count})
        first = 0
        for kind, share in SHARES.items():
            of_kind = f"made.place >= {first} AND made.place < {first + share}"
            _multiply(cursor, tokens[kind], of_kind, whole)
            first += share
        cursor.execute(MAKE_TALKS, {"text": "Apa yang cocok untuk saya? " * 12})
        cursor.execute("DROP TABLE made, made_users, made_talks, made_messages")


def grow_catalogue(dsn: str, times: int) -> None:
    """Every profession so many times more, with its relations."""
    with closing(psycopg2.connect(dsn)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            "CREATE TEMP TABLE made AS SELECT p.id AS old_id, n,"
            " nextval(pg_get_serial_sequence('professions', 'id')) AS id"
            " FROM professions p, generate_series(1, %s) n",
            (times,),
        )
        new = {
            "id": "made.id",
            "slug": "old.slug || '-' || made.n",
            "name": "old.name || ' ' || made.n",
        }
        _copy(cursor, "professions", new, "made.old_id = old.id")
        for table in CATALOGUE_CHILDREN:
            _copy(cursor, table, {"profession_id": "made.id"}, "made.old_id = old.profession_id")
        cursor.execute("DROP TABLE made")


def settle(dsn: str) -> None:
    """As a database that lives: seen by autovacuum, statistics up to date."""
    with closing(psycopg2.connect(dsn)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")


def _multiply(cursor: Any, token: str, of_kind: str, whole: int) -> None:
    cursor.execute(f"SELECT id FROM {SESSIONS} WHERE session_token = %s", (token,))
    (old_id,) = cursor.fetchone()
    cursor.execute("SELECT min(id) + %s FROM made", (whole,))
    (blank_from,) = cursor.fetchone()
    here = f"old.test_session_id = {old_id} AND {of_kind}"
    session = {
        "id": "made.id",
        "user_id": "made.user_id",
        "session_token": "made.token",
        "started_at": "made.at",
    }
    _copy(cursor, SESSIONS, session, f"old.id = {old_id} AND {of_kind}")
    history = {"user_id": "made.user_id", "detail_session_id": "made.id", "started_at": "made.at"}
    _copy(cursor, "kenalidiri_history", history, f"old.detail_session_id = {old_id} AND {of_kind}")
    for table in CHILDREN:
        key = {"test_session_id": "made.id"}
        if table == "fit_check_results":  # all of one would be a table of its own kind
            key["profession_id"] = "1 + made.id % 100"
        if whole:
            _copy(cursor, table, key, f"{here} AND made.id < {blank_from}")
        _copy(cursor, table, key, f"{here} AND made.id >= {blank_from}", blank=True)


def _copy(
    cursor: Any, table: str, new: Mapping[str, str], condition: str, *, blank: bool = False
) -> None:
    """Rows of `table` once more for each row of `made`, with the `new` expressions."""
    cursor.execute(
        "SELECT column_name, data_type = 'jsonb' FROM information_schema.columns"
        " WHERE table_name = %s AND (column_name <> 'id' OR %s)",
        (table, "id" in new),
    )
    columns = dict(cursor.fetchall())
    values = [
        sql.SQL(new[name])
        if name in new
        else sql.SQL("CASE WHEN old.{0} IS NOT NULL THEN '{{}}'::jsonb END").format(
            sql.Identifier(name)
        )
        if blank and is_document
        else sql.Identifier("old", name)
        for name, is_document in columns.items()
    ]
    statement = sql.SQL("INSERT INTO {table} ({columns}) SELECT {values} FROM {table} old, made")
    cursor.execute(
        statement.format(
            table=sql.Identifier(table),
            columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
            values=sql.SQL(", ").join(values),
        )
        + sql.SQL(f" WHERE {condition}")
    )
