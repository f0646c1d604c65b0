"""What the career profile reports, as notifications."""

from collections.abc import Callable, Mapping
from typing import Final

from sqlalchemy import Connection

from app.career_profile.progress import Progress, Step
from app.chat.notifications.repository import publish
from app.chat.notifications.stages import (
    Notification,
    analysis_complete,
    analysis_started,
    assessment_submitted,
)

NEWS: Final[Mapping[Step, Callable[[str], Notification]]] = {
    Step.SUBMITTED: assessment_submitted,
    Step.SCORING: analysis_started,
    Step.SCORED: analysis_complete,
}


def tell_progress(connection: Connection, progress: Progress) -> None:
    """Tell the person, in the transaction of the step."""
    news = (NEWS[step](progress.session_token) for step in progress.steps)
    publish(connection, progress.user_id, *news)
