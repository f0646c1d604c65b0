"""Named statements of starting a run."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Connection, String, Uuid, bindparam, select, text, update
from sqlalchemy.dialects.postgresql import JSONB

from app.career_profile.columns import Timestamp
from app.career_profile.riasec.models import QuestionSet
from app.career_profile.sessions.models import SessionStatus, TestGoal, TestSession
from app.career_profile.sessions.repository import (
    NEWEST_FIRST,
    OWNER,
    SESSION_COLUMNS,
    CallerAndSession,
    caller_beside,
    session_of,
)
from app.core.rendered import Rendered
from app.users.repository import caller_of


@dataclass(frozen=True, slots=True)
class NewSession:
    user_id: UUID
    session_token: str
    persona_type: str
    test_goal: TestGoal
    target_profession_id: int | None
    question_set_version: str
    question_ids: Sequence[int]


# 7401: namespace of the advisory locks that order one user's starts.
LOCK_STARTS = Rendered(lambda: text("SELECT pg_advisory_xact_lock(7401, hashtext(:user_id))"))


def serialize_starts(connection: Connection, user_id: UUID) -> None:
    """Until the transaction ends this person starts nothing elsewhere."""
    LOCK_STARTS.first(connection, user_id=str(user_id))


def serialize_and_find_unanswered(
    connection: Connection, owner: UUID, goal: TestGoal, target: int | None, since: datetime | None
) -> tuple[CallerAndSession, list[int]]:
    """The caller, and their newest session of this goal and target: unanswered, or begun since.

    Two taps on "start" arrive at once: the second waits at the lock, as `serialize_starts`, and
    then finds the first's session. Lock and search travel together, but are two statements: the
    search's snapshot is taken when the lock is held.
    """
    row = LOCK_AND_FIND_UNANSWERED.first(
        connection, user_id=owner, goal=goal.value, target=target, since=since
    )
    session = session_of(row)
    question_ids = list(row.question_ids) if row is not None and session is not None else []
    return CallerAndSession(caller_of(row), session), question_ids


def _caller_with_unanswered() -> Any:
    since = bindparam("since", type_=Timestamp)
    is_new = TestSession.started_at >= since  # NULL: none is
    unanswered = (
        select(*SESSION_COLUMNS, QuestionSet.question_ids)
        .join(QuestionSet, QuestionSet.test_session_id == TestSession.id)
        .where(
            TestSession.user_id == OWNER,
            TestSession.test_goal == bindparam("goal", type_=String),
            TestSession.target_profession_id.is_not_distinct_from(
                bindparam("target", type_=BigInteger)
            ),
            (TestSession.status == SessionStatus.RIASEC_ONGOING) | is_new,
        )
        .order_by(*NEWEST_FIRST)
        .limit(1)
        .subquery("unanswered")
    )
    return caller_beside(unanswered)


LOCK_AND_FIND_UNANSWERED = Rendered(_caller_with_unanswered, behind=LOCK_STARTS)


def change_persona(connection: Connection, session_id: int, persona_type: str) -> None:
    connection.execute(
        update(TestSession).where(TestSession.id == session_id).values(persona_type=persona_type)
    )


INSERT_SESSION = Rendered(
    lambda: text(
        """
    WITH added_category AS (
        INSERT INTO kenalidiri_categories (category_code, category_name, detail_table_name)
        SELECT 'CAREER_PROFILE', 'Profil Karier', 'careerprofile_test_sessions'
        WHERE NOT EXISTS (
            SELECT 1 FROM kenalidiri_categories WHERE category_code = 'CAREER_PROFILE')
        ON CONFLICT (category_code) DO NOTHING
        RETURNING id
    ), category AS (
        SELECT id FROM added_category
        UNION ALL
        SELECT id FROM kenalidiri_categories WHERE category_code = 'CAREER_PROFILE'
        LIMIT 1
    ), session AS (
        INSERT INTO careerprofile_test_sessions (user_id, session_token, persona_type, test_goal,
            target_profession_id, uses_ikigai, status, algorithm_version, question_set_version)
        VALUES (:user_id, :session_token, :persona_type, :test_goal, :target_profession_id,
            :uses_ikigai, 'riasec_ongoing', '1.0', :question_set_version)
        RETURNING id, started_at
    ), history AS (
        INSERT INTO kenalidiri_history
            (user_id, test_category_id, detail_session_id, status, started_at)
        SELECT :user_id, category.id, session.id, 'ongoing', session.started_at
        FROM session, category
    )
    INSERT INTO riasec_question_sets (test_session_id, question_ids)
    SELECT id, :question_ids FROM session
    RETURNING test_session_id
    """
    ).bindparams(bindparam("question_ids", type_=JSONB), bindparam("user_id", type_=Uuid))
)


def insert_session(connection: Connection, new: NewSession) -> int:
    """The session, its history row and its question set in one statement; the session's id."""
    values = {
        "user_id": new.user_id,
        "session_token": new.session_token,
        "persona_type": new.persona_type,
        "test_goal": new.test_goal.value,
        "target_profession_id": new.target_profession_id,
        "uses_ikigai": new.test_goal is TestGoal.RECOMMENDATION,
        "question_set_version": new.question_set_version,
        "question_ids": list(new.question_ids),
    }
    return int(INSERT_SESSION.first(connection, **values).test_session_id)
