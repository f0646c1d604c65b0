"""What each domain deletes of a person, in the order of the list. Wiring only."""

from collections.abc import Callable, Mapping
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from app.career_profile.own_data.repository import delete_all_sessions, find_own_sessions
from app.chat.own_data.repository import erase_everything
from app.idempotency.repository import forget_user
from app.jobs.repository import forget_jobs_about

# Deletes what is the user's, in a transaction that acts for them; tells how many of what.
Eraser = Callable[[Connection, UUID], Mapping[str, int]]


def erase_jobs(connection: Connection, user_id: UUID) -> Mapping[str, int]:
    """Before the sessions, whose ids they carry."""
    sessions = find_own_sessions(connection, user_id)
    about = {
        "user_id": [str(user_id)],
        "session_id": [str(session_id) for session_id in sessions],
        "session_token": list(sessions.values()),
    }
    return {"jobs": forget_jobs_about(connection, about)}


def erase_runs(connection: Connection, user_id: UUID) -> Mapping[str, int]:
    return {"runs": len(delete_all_sessions(connection, user_id))}


def erase_kept_answers(connection: Connection, user_id: UUID) -> Mapping[str, int]:
    return {"kept answers": forget_user(connection, user_id)}


def erase_chat(connection: Connection, user_id: UUID) -> Mapping[str, int]:
    """With the audit log and the sum of the month, which DELETE /api/chat/me leaves."""
    return erase_everything(connection, user_id)


ERASERS: Final[tuple[Eraser, ...]] = (erase_jobs, erase_runs, erase_kept_answers, erase_chat)


def erase_all(connection: Connection, user_id: UUID) -> dict[str, int]:
    """Everything of the user. Their own starts of runs must wait (`serialize_starts`)."""
    counts: dict[str, int] = {}
    for erase in ERASERS:
        counts.update(erase(connection, user_id))
    return counts
