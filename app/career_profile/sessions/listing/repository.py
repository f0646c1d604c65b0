"""A person's runs, page by page."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import BigInteger, Connection, literal, select, true, tuple_

from app.career_profile.ikigai.models import IkigaiResponses
from app.career_profile.sessions.cursor import Position
from app.career_profile.sessions.models import TestSession
from app.career_profile.sessions.repository import (
    ANSWERED,
    KNOWN_GOALS,
    KNOWN_STATUSES,
    NEWEST_FIRST,
    SESSION_COLUMNS,
    SessionRow,
    answered_of,
    session_of,
)
from app.users.caller import Caller
from app.users.models import User
from app.users.repository import CALLER_COLUMNS, caller_of


@dataclass(frozen=True, slots=True)
class SessionPage:
    """Runs newest first; a page that is full may be followed by another."""

    caller: Caller | None
    runs: list[tuple[SessionRow, tuple[bool, ...]]]


def list_sessions(
    connection: Connection, user_id: UUID, after: Position | None, limit: int
) -> SessionPage:
    """The caller and at most `limit` of their runs that follow `after`, in one statement.

    The page is cut by the index on (user_id, started_at DESC) before anything is joined.
    """
    page = select(*SESSION_COLUMNS).where(
        TestSession.user_id == user_id,
        TestSession.status.in_(KNOWN_STATUSES),
        TestSession.test_goal.in_(KNOWN_GOALS),
    )
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
    found = [(session_of(row), answered_of(row)) for row in rows]
    runs = [(session, answered) for session, answered in found if session is not None]
    return SessionPage(caller_of(rows[0] if rows else None), runs)
