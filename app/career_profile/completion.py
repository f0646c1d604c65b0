"""What a completed session starts: the seam between the career profile and who builds on it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection

from app.career_profile.sessions.models import TestGoal


@dataclass(frozen=True, slots=True)
class CompletedSession:
    """A session in the transaction that completes it, exactly once."""

    session_id: int
    session_token: str
    user_id: UUID
    test_goal: TestGoal


# Each is called in the completing transaction, to enqueue a job or publish a notification there.
OnCompleted = Sequence[Callable[[Connection, CompletedSession], None]]


def tell_completed(
    listeners: OnCompleted, connection: Connection, completed: CompletedSession
) -> None:
    for listener in listeners:
        listener(connection, completed)
