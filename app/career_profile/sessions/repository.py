"""Named statements on test sessions and the history; the owner comes first in each."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Connection,
    String,
    Uuid,
    and_,
    bindparam,
    select,
    true,
)

from app.career_profile.ikigai.models import IkigaiResponses
from app.career_profile.sessions.models import SessionStatus, TestGoal, TestSession
from app.core.rendered import Rendered
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
KNOWN_STATUSES = frozenset(status.value for status in SessionStatus)
KNOWN_GOALS = frozenset(goal.value for goal in TestGoal)


def session_of(row: Any) -> SessionRow | None:
    """The session in a row that selected SESSION_COLUMNS.

    One in a state that this service does not know reads as absent: another service left it in a
    table that was adopted.
    """
    if row is None or row.status not in KNOWN_STATUSES or row.test_goal not in KNOWN_GOALS:
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


OWNER = bindparam("user_id", type_=Uuid)
TOKEN = bindparam("session_token", type_=String)


def owned_session(*columns: Any) -> Any:
    """Caller and own session in one statement with the parameters `user_id` and `session_token`,
    to be joined further by other repositories.
    """
    return (
        select(*CALLER_COLUMNS, *SESSION_COLUMNS, *columns)
        .select_from(User)
        .outerjoin(
            TestSession, and_(TestSession.session_token == TOKEN, TestSession.user_id == User.id)
        )
        .where(User.id == OWNER, User.deleted_at.is_(None))
    )


OWNED = Rendered(owned_session)


def find_owned(connection: Connection, user_id: UUID, session_token: str) -> CallerAndSession:
    row = OWNED.first(connection, user_id=user_id, session_token=session_token)
    return CallerAndSession(caller_of(row), session_of(row))


def find_owned_for_update(
    connection: Connection, user_id: UUID, session_token: str
) -> CallerAndSession:
    """Like `find_owned`, and holds the session's row until the transaction ends.

    Whatever else decides a transition is read after this statement: it may have waited for
    another request to commit, and its own snapshot is older than that commit.
    """
    row = OWNED_FOR_UPDATE.first(connection, user_id=user_id, session_token=session_token)
    return CallerAndSession(caller_of(row), session_of(row))


LOCKED = (
    select(*SESSION_COLUMNS)
    .where(TestSession.session_token == TOKEN, TestSession.user_id == OWNER)
    .with_for_update()
    .cte("locked")
)


def owned_for_update(*columns: Any) -> Any:
    """As `owned_session`, for `find_owned_for_update`; the session is LOCKED."""
    return caller_beside(LOCKED, *columns)


def caller_beside(found: Any, *columns: Any) -> Any:
    """The caller, and the one row of `found` if there is one."""
    return (
        select(*CALLER_COLUMNS, *found.c, *columns)
        .select_from(User)
        .outerjoin(found, true())
        .where(User.id == OWNER, User.deleted_at.is_(None))
    )


OWNED_FOR_UPDATE = Rendered(owned_for_update)


@dataclass(frozen=True, slots=True)
class ProgressRow:
    """`answered` holds one flag per dimension, in the order of the app."""

    found: CallerAndSession
    answered: tuple[bool, ...]


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


PROGRESS = Rendered(
    lambda: owned_session(*ANSWERED).outerjoin(
        IkigaiResponses, IkigaiResponses.test_session_id == TestSession.id
    )
)


def find_progress(connection: Connection, user_id: UUID, session_token: str) -> ProgressRow:
    row = PROGRESS.first(connection, user_id=user_id, session_token=session_token)
    answered = answered_of(row) if row is not None else (False,) * len(ANSWERED)
    return ProgressRow(CallerAndSession(caller_of(row), session_of(row)), answered)


def answered_of(row: Any) -> tuple[bool, ...]:
    return tuple(getattr(row, flag.key) for flag in ANSWERED)
