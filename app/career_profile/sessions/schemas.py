"""What the session routes take and answer."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from app.career_profile.ikigai.dimensions import Dimension
from app.career_profile.riasec.instrument import FormName
from app.career_profile.sessions import cursor
from app.career_profile.sessions.models import SessionStatus, TestGoal
from app.core.fields import MAX_ID, Input, Output


class Persona(StrEnum):
    PATHFINDER = "PATHFINDER"
    BUILDER = "BUILDER"
    ACHIEVER = "ACHIEVER"


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


class StartRecommendation(Input):
    """Any case in, upper case stored."""

    persona_type: Annotated[Persona, BeforeValidator(_upper)]


class StartFitCheck(Input):
    """Any case in, upper case stored; a PATHFINDER has no target yet."""

    persona_type: Annotated[Literal["BUILDER", "ACHIEVER"], BeforeValidator(_upper)]
    target_profession_id: Annotated[int, Field(strict=True, ge=1, le=MAX_ID)]


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


DEFAULT_PAGE = 20
MAX_PAGE = 100
PageLimit = Annotated[int, Field(ge=1, le=MAX_PAGE)]
PageCursor = Annotated[str, Field(max_length=100), AfterValidator(cursor.checked)]


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


class SessionList(Output):
    """Newest first; `next_cursor` is null on the last page."""

    items: list[SessionProgress]
    next_cursor: str | None
