"""How far an assessment has come: the seam to whoever tells the person."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Connection


class Step(StrEnum):
    SUBMITTED = "submitted"  # the last answer is stored
    SCORING = "scoring"  # the answers are being judged; again when a process died over it
    SCORED = "scored"  # the scores are stored


@dataclass(frozen=True, slots=True)
class Progress:
    """Steps that were taken together, in their order."""

    user_id: UUID
    session_token: str
    steps: tuple[Step, ...]


# Called in the transaction of the step, so that nobody is told what then does not happen.
OnProgress = Callable[[Connection, Progress], None]


def tell_nobody(_connection: Connection, _progress: Progress) -> None:
    """Where no chat is."""
