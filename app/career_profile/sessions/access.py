"""Opening a session: who is calling, is it theirs, and does it allow what is asked."""

from app.career_profile.errors import (
    InvalidSessionStatus,
    NotRecommendationSession,
    SessionNotFound,
)
from app.career_profile.sessions.models import SessionStatus, TestGoal
from app.career_profile.sessions.repository import CallerAndSession, SessionRow
from app.users.caller import Admission, Caller, admit


def open_session(found: CallerAndSession, admission: Admission) -> tuple[Caller, SessionRow]:
    """The admitted caller and their session; raises the refusal of what is missing."""
    caller = admit(found.caller, admission)
    if found.session is None:
        raise SessionNotFound
    return caller, found.session


def require_recommendation(session: SessionRow) -> None:
    """A fit check has no Ikigai, whatever its status says."""
    if not session.uses_ikigai or session.test_goal is not TestGoal.RECOMMENDATION:
        raise NotRecommendationSession


def require_status(session: SessionRow, *allowed: SessionStatus) -> None:
    if session.status not in allowed:
        raise InvalidSessionStatus(status_now=session.status)
