"""Named statements about sessions that nobody looks after."""

from datetime import datetime

from sqlalchemy import Connection, text

# Newest first: one that can never be finished must not stand before those that can.
UNFINISHED = text(
    """
    SELECT session.id
    FROM careerprofile_test_sessions session
    JOIN ikigai_responses answers ON answers.test_session_id = session.id
    WHERE session.status = 'ikigai_ongoing' AND answers.completed
        AND answers.completed_at > :since
    ORDER BY session.started_at DESC
    LIMIT :most
    """
)

# LIMIT 1: so that each session's answers are looked up, instead of all answers ever given.
AWAITING = text(
    """
    SELECT count(*) AS sessions, coalesce(extract(epoch FROM min(answers.completed_at)), 0) AS since
    FROM careerprofile_test_sessions session
    CROSS JOIN LATERAL (
        SELECT completed_at FROM ikigai_responses
        WHERE test_session_id = session.id AND completed LIMIT 1
    ) answers
    WHERE session.status = 'ikigai_ongoing'
        AND session.started_at > now() - interval '30 days'
    """
)

# What touches a session: its start, the RIASEC sheet, the start of Ikigai, each answer.
ABANDON = text(
    """
    UPDATE kenalidiri_history SET status = 'abandoned' WHERE id IN (
        SELECT history.id
        FROM kenalidiri_history history
        JOIN careerprofile_test_sessions session ON session.id = history.detail_session_id
            AND session.user_id = history.user_id
        JOIN kenalidiri_categories category ON category.id = history.test_category_id
        LEFT JOIN ikigai_responses answers ON answers.test_session_id = session.id
        WHERE history.status = 'ongoing' AND history.started_at < :before
            AND session.status <> 'completed' AND category.category_code = 'CAREER_PROFILE'
            AND greatest(
                session.started_at, session.riasec_completed_at, answers.created_at,
                (answers.dimension_1_love->>'answered_at')::timestamptz,
                (answers.dimension_2_good_at->>'answered_at')::timestamptz,
                (answers.dimension_3_world_needs->>'answered_at')::timestamptz,
                (answers.dimension_4_paid_for->>'answered_at')::timestamptz
            ) < :before
        ORDER BY history.started_at
        LIMIT :most
        FOR UPDATE OF history SKIP LOCKED
    ) AND status = 'ongoing'
    """
)


def find_unfinished(connection: Connection, since: datetime, most: int) -> list[int]:
    """Sessions with four answers, the last one after `since`, and no result."""
    return list(connection.scalars(UNFINISHED, {"since": since, "most": most}))


def count_awaiting(connection: Connection) -> dict[str, int]:
    """Sessions of the last 30 days with four answers and no result, and since when the oldest waits
    (seconds since 1970; 0: none waits).
    """
    row = connection.execute(AWAITING).one()
    return {"sessions_awaiting": row.sessions, "sessions_awaiting_since": int(row.since)}


def abandon_untouched(connection: Connection, before: datetime, most: int) -> int:
    """Mark in the history at most so many sessions that nobody touched since; how many."""
    return connection.execute(ABANDON, {"before": before, "most": most}).rowcount
