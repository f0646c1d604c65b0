"""A session's rows, read with psycopg2 as another program would read them."""

from contextlib import closing
from typing import Any

import psycopg2
from psycopg2 import sql
from psycopg2.extras import RealDictCursor

Row = dict[str, Any]
Rows = dict[str, Row]

SESSION = "careerprofile_test_sessions"
HISTORY = "kenalidiri_history"
CHILDREN = (
    "riasec_question_sets",
    "riasec_responses",
    "riasec_results",
    "ikigai_candidate_professions",
    "ikigai_responses",
    "ikigai_dimension_scores",
    "ikigai_total_scores",
    "career_recommendations",
    "fit_check_results",
)


def query(dsn: str, statement: str | sql.Composable, *values: object) -> list[Row]:
    with closing(psycopg2.connect(dsn)) as connection, connection:
        cursor = connection.cursor(cursor_factory=RealDictCursor)
        cursor.execute("SET timezone = 'UTC'")
        cursor.execute(statement, values)
        return [dict(row) for row in cursor.fetchall()]


def stored_rows(dsn: str, token: str) -> Rows:
    """The row of each table that the session has one in; more than one in a table is an error."""
    (session,) = query(dsn, f"SELECT * FROM {SESSION} WHERE session_token = %s", token)
    history = query(
        dsn,
        f"SELECT h.*, c.category_code FROM {HISTORY} h"
        " JOIN kenalidiri_categories c ON c.id = h.test_category_id"
        " WHERE h.detail_session_id = %s",
        session["id"],
    )
    found = {SESSION: [session], HISTORY: history}
    for table in CHILDREN:
        statement = sql.SQL("SELECT * FROM {} WHERE test_session_id = %s")
        found[table] = query(dsn, statement.format(sql.Identifier(table)), session["id"])
    assert all(len(rows) <= 1 for rows in found.values()), found
    return {table: rows[0] for table, rows in found.items() if rows}
