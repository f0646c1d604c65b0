"""Named statements about sessions that nobody looks after."""

from datetime import datetime

from sqlalchemy import Connection, text

# Without a candidate there is nothing to recommend: such a session waits for nobody. Asked last,
# for sessions whose answers are complete (it names both), and by the index: the subselect is one
# row, where a join under EXISTS hopes for an early end and reads the table. Documents of others are
# read as they are: the path finds nothing where a number is none.
CAN_BE_FINISHED = """EXISTS (
        SELECT FROM jsonb_path_query((
            SELECT candidates_data FROM ikigai_candidate_professions
            WHERE test_session_id = session.id AND answers.completed_at IS NOT NULL
        ), '$.candidates[*].profession_id ? (@ > 0 && @ < 9000000000000000000)') AS found(id)
        JOIN professions ON professions.id = CAST(found.id AS bigint)
        OFFSET 0
    )"""

# Newest first: one that cannot be finished must not stand before those that can.
UNFINISHED = text(
    f"""
    SELECT session.id
    FROM careerprofile_test_sessions session
    JOIN ikigai_responses answers ON answers.test_session_id = session.id
    WHERE session.status = 'ikigai_ongoing' AND answers.completed
        AND answers.completed_at > :since
        AND {CAN_BE_FINISHED}
    ORDER BY session.started_at DESC
    LIMIT :most
    """  # noqa: S608 - a condition of our own
)

# LIMIT 1: so that each session's answers are looked up, instead of all answers ever given.
AWAITING = text(
    f"""
    SELECT count(*) AS sessions, coalesce(extract(epoch FROM min(answers.completed_at)), 0) AS since
    FROM careerprofile_test_sessions session
    CROSS JOIN LATERAL (
        SELECT completed_at FROM ikigai_responses
        WHERE test_session_id = session.id AND completed LIMIT 1
    ) answers
    WHERE session.status = 'ikigai_ongoing'
        AND session.started_at > now() - interval '30 days'
        AND {CAN_BE_FINISHED}
    """  # noqa: S608 - a condition of our own
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
    """Sessions with four answers, the last one after `since`, a candidate that still exists, and no
    result.
    """
    return list(connection.scalars(UNFINISHED, {"since": since, "most": most}))


def count_awaiting(connection: Connection) -> dict[str, int]:
    """Sessions of the last 30 days with four answers, a candidate that still exists and no result,
    and since when the oldest waits (seconds since 1970; 0: none waits).
    """
    row = connection.execute(AWAITING).one()
    return {"sessions_awaiting": row.sessions, "sessions_awaiting_since": int(row.since)}


def abandon_untouched(connection: Connection, before: datetime, most: int) -> int:
    """Mark in the history at most so many sessions that nobody touched since; how many."""
    return connection.execute(ABANDON, {"before": before, "most": most}).rowcount
