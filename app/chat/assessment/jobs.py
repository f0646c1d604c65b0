"""The durable job that opens a conversation about a result, with no one asking."""

from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from app.career_profile.completion import CompletedSession
from app.jobs.queue import Job, enqueue

OPEN_CONVERSATION: Final = "open_assessment_conversation"
# 5, 10, 20 ... seconds, then every ten minutes: somewhat more than an hour. By then the person
# has long wondered; they are told, and can ask for it themselves.
MOST_ATTEMPTS: Final = 13


def open_job(user_id: UUID, assessment_id: str) -> Job:
    return Job(OPEN_CONVERSATION, {"user_id": str(user_id), "session_token": assessment_id})


def open_when_completed(connection: Connection, completed: CompletedSession) -> None:
    """Enqueue the job in the transaction that completes a session."""
    enqueue(connection, open_job(completed.user_id, completed.session_token))
