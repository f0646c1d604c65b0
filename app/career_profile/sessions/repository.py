"""Named statements on test sessions and the history; the owner comes first in each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Connection,
    Uuid,
    and_,
    bindparam,
    func,
    literal,
    select,
    text,
    true,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from app.career_profile.ikigai.models import IkigaiResponses
from app.career_profile.riasec.models import QuestionSet
from app.career_profile.sessions.cursor import Position
from app.career_profile.sessions.models import SessionStatus, TestGoal, TestSession
from app.users.caller import Caller
from app.users.models import User
from app.users.repository import CALLER_COLUMNS, caller_of


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A test run as the services see it."""

    id: int
    session_token: str
    test_goal: TestGoal
    uses_ikigai: bool
    status: SessionStatus
    target_profession_id: int | None
    question_set_version: str
    started_at: datetime
    completed_at: datetime | None


@dataclass(frozen=True, slots=True)
class CallerAndSession:
    """Both None-able: an unknown user, and a session that is absent or somebody else's."""

    caller: Caller | None
    session: SessionRow | None


@dataclass(frozen=True, slots=True)
class NewSession:
    user_id: UUID
    session_token: str
    persona_type: str
    test_goal: TestGoal
    target_profession_id: int | None
    question_set_version: str
    question_ids: Sequence[int]


SESSION_COLUMNS = (
    TestSession.id,
    TestSession.session_token,
    TestSession.test_goal,
    TestSession.uses_ikigai,
    TestSession.status,
    TestSession.target_profession_id,
    TestSession.question_set_version,
    TestSession.started_at,
    TestSession.completed_at,
)
NEWEST_FIRST = (TestSession.started_at.desc(), TestSession.id.desc())
START_LOCK_SPACE = 7401  # namespace of the advisory locks that order one user's starts


def session_of(row: Any) -> SessionRow | None:
    """The session in a row that selected SESSION_COLUMNS."""
    if row is None or row.id is None:
        return None
    return SessionRow(
        row.id,
        row.session_token,
        TestGoal(row.test_goal),
        row.uses_ikigai,
        SessionStatus(row.status),
        row.target_profession_id,
        row.question_set_version or "short-1.0",
        row.started_at,
        row.completed_at,
    )


def owned_session(user_id: UUID, session_token: str, *columns: Any) -> Any:
    """Caller and own session in one statement, to be joined further by other repositories."""
    return (
        select(*CALLER_COLUMNS, *SESSION_COLUMNS, *columns)
        .select_from(User)
        .outerjoin(
            TestSession,
            and_(TestSession.session_token == session_token, TestSession.user_id == User.id),
        )
        .where(User.id == user_id, User.deleted_at.is_(None))
    )


def find_owned(connection: Connection, user_id: UUID, session_token: str) -> CallerAndSession:
    row = connection.execute(owned_session(user_id, session_token)).first()
    return CallerAndSession(caller_of(row), session_of(row))


def find_owned_for_update(
    connection: Connection, user_id: UUID, session_token: str
) -> CallerAndSession:
    """Like `find_owned`, and holds the session's row until the transaction ends.

    Whatever else decides a transition is read after this statement: it may have waited for
    another request to commit, and its own snapshot is older than that commit.
    """
    locked = (
        select(*SESSION_COLUMNS)
        .where(TestSession.session_token == session_token, TestSession.user_id == user_id)
        .with_for_update()
        .cte("locked")
    )
    statement = (
        select(*CALLER_COLUMNS, *locked.c)
        .select_from(User)
        .outerjoin(locked, true())
        .where(User.id == user_id, User.deleted_at.is_(None))
    )
    row = connection.execute(statement).first()
    return CallerAndSession(caller_of(row), session_of(row))


def serialize_starts(connection: Connection, user_id: UUID) -> None:
    """Two taps on "start" arrive at once: the second waits here, then finds the first's session."""
    key = func.hashtext(str(user_id))
    connection.execute(select(func.pg_advisory_xact_lock(START_LOCK_SPACE, key)))


def find_caller_with_unanswered(
    connection: Connection, user_id: UUID, goal: TestGoal, target_profession_id: int | None
) -> tuple[CallerAndSession, list[int]]:
    """The caller, and their newest session of this goal and target that has no answers yet."""
    unanswered = (
        select(*SESSION_COLUMNS, QuestionSet.question_ids)
        .join(QuestionSet, QuestionSet.test_session_id == TestSession.id)
        .where(
            TestSession.user_id == user_id,
            TestSession.test_goal == goal,
            TestSession.target_profession_id.is_not_distinct_from(target_profession_id),
            TestSession.status == SessionStatus.RIASEC_ONGOING,
        )
        .order_by(*NEWEST_FIRST)
        .limit(1)
        .subquery("unanswered")
    )
    statement = (
        select(*CALLER_COLUMNS, *unanswered.c)
        .select_from(User)
        .outerjoin(unanswered, true())
        .where(User.id == user_id, User.deleted_at.is_(None))
    )
    row = connection.execute(statement).first()
    session = session_of(row)
    question_ids = list(row.question_ids) if row is not None and session is not None else []
    return CallerAndSession(caller_of(row), session), question_ids


def change_persona(connection: Connection, session_id: int, persona_type: str) -> None:
    connection.execute(
        update(TestSession).where(TestSession.id == session_id).values(persona_type=persona_type)
    )


INSERT_SESSION = text(
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
    return int(connection.execute(INSERT_SESSION, values).scalar_one())


@dataclass(frozen=True, slots=True)
class ProgressRow:
    """`answered` holds one flag per dimension, in the order of the app."""

    found: CallerAndSession
    answered: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class SessionPage:
    """Runs newest first; a page that is full may be followed by another."""

    caller: Caller | None
    runs: list[tuple[SessionRow, tuple[bool, ...]]]


ANSWERED = tuple(
    column.is_not(None).label(f"answered_{number}")
    for number, column in enumerate(
        (
            IkigaiResponses.dimension_1_love,
            IkigaiResponses.dimension_2_good_at,
            IkigaiResponses.dimension_3_world_needs,
            IkigaiResponses.dimension_4_paid_for,
        )
    )
)


def find_progress(connection: Connection, user_id: UUID, session_token: str) -> ProgressRow:
    statement = owned_session(user_id, session_token, *ANSWERED).outerjoin(
        IkigaiResponses, IkigaiResponses.test_session_id == TestSession.id
    )
    row = connection.execute(statement).first()
    answered = _answered_of(row) if row is not None else (False,) * len(ANSWERED)
    return ProgressRow(CallerAndSession(caller_of(row), session_of(row)), answered)


def list_sessions(
    connection: Connection, user_id: UUID, after: Position | None, limit: int
) -> SessionPage:
    """The caller and at most `limit` of their runs that follow `after`, in one statement.

    The page is cut by the index on (user_id, started_at DESC) before anything is joined.
    """
    page = select(*SESSION_COLUMNS).where(TestSession.user_id == user_id)
    if after is not None:
        place = tuple_(literal(after.started_at), literal(after.session_id, BigInteger))
        page = page.where(tuple_(TestSession.started_at, TestSession.id) < place)
    cut = page.order_by(*NEWEST_FIRST).limit(limit).subquery("page")
    statement = (
        select(*CALLER_COLUMNS, *cut.c, *ANSWERED)
        .select_from(User)
        .outerjoin(cut, true())
        .outerjoin(IkigaiResponses, IkigaiResponses.test_session_id == cut.c.id)
        .where(User.id == user_id, User.deleted_at.is_(None))
        .order_by(cut.c.started_at.desc(), cut.c.id.desc())
    )
    rows = connection.execute(statement).all()
    found = [(session_of(row), _answered_of(row)) for row in rows]
    runs = [(session, answered) for session, answered in found if session is not None]
    return SessionPage(caller_of(rows[0] if rows else None), runs)


def _answered_of(row: Any) -> tuple[bool, ...]:
    return tuple(getattr(row, flag.key) for flag in ANSWERED)
