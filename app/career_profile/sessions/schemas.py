"""What the session routes take and answer."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator

from app.career_profile.ikigai.dimensions import Dimension
from app.career_profile.riasec.instrument import FormName
from app.career_profile.sessions.models import SessionStatus, TestGoal
from app.core.fields import Input, Output


class Persona(StrEnum):
    PATHFINDER = "PATHFINDER"
    BUILDER = "BUILDER"
    ACHIEVER = "ACHIEVER"


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


class StartRecommendation(Input):
    """Any case in, upper case stored."""

    persona_type: Annotated[Persona, BeforeValidator(_upper)]


class StartedSession(Output):
    """`resumed`: an own session without answers was returned instead of a new one."""

    session_token: str
    test_goal: TestGoal
    status: SessionStatus
    form: FormName
    question_ids: list[int]
    total_questions: int
    resumed: bool
    message: str


class NextStep(StrEnum):
    RIASEC_SUBMIT = "riasec_submit"
    IKIGAI_START = "ikigai_start"
    IKIGAI_DIMENSION = "ikigai_dimension"
    FINALIZE = "finalize"
    RESULT = "result"


class SessionProgress(Output):
    """Where a run stands: enough for an app that was killed to go on."""

    session_token: str
    test_goal: TestGoal
    status: SessionStatus
    next_step: NextStep
    dimensions_completed: list[Dimension]
    dimensions_remaining: list[Dimension]
    started_at: datetime
    completed_at: datetime | None
