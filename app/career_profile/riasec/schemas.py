"""What the RIASEC routes take and answer."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from app.career_profile.riasec.documents import CandidateEntry
from app.career_profile.riasec.hexagon import LETTERS, Letter
from app.career_profile.riasec.instrument import (
    ITEMS_PER_LETTER,
    LIKERT_MAX,
    LIKERT_MIN,
    FormName,
)
from app.career_profile.riasec.scoring import CodeType
from app.career_profile.sessions.models import SessionStatus, TestGoal
from app.core.fields import MAX_ID, Input, Output, SessionToken

# Twice the full form: a sheet with items given twice is answered with their ids.
MAX_RESPONSES = 2 * ITEMS_PER_LETTER * len(LETTERS)


class AnswerInput(Input):
    """One Likert answer. The letter comes from the bank; `question_type` is only compared."""

    question_id: Annotated[int, Field(strict=True, ge=1, le=MAX_ID)]
    question_type: Letter | None = None
    answer_value: Annotated[int, Field(strict=True, ge=LIKERT_MIN, le=LIKERT_MAX)]
    answered_at: AwareDatetime | None = None


class RiasecSubmission(Input):
    session_token: SessionToken
    responses: Annotated[list[AnswerInput], Field(max_length=MAX_RESPONSES)]

    def values(self) -> dict[int, int]:
        """Answer by question id."""
        return {answer.question_id: answer.answer_value for answer in self.responses}


class QuestionText(Output):
    question_id: int
    text: str


class ScaleLabel(Output):
    value: int
    label: str


class SessionQuestions(Output):
    """The session's own items in display order."""

    session_token: str
    form: FormName
    total_questions: int
    questions: list[QuestionText]
    scale: list[ScaleLabel]


class BankQuestion(Output):
    """The shape that the Go proxy reads."""

    id: str
    pertanyaan: str


class QuestionBankResponse(Output):
    success: bool
    message: str
    data: list[BankQuestion]


class RiasecCodeInfo(Output):
    riasec_code: str
    riasec_title: str
    riasec_description: str
    strengths: list[str]
    challenges: list[str]
    strategies: list[str]
    work_environments: list[str]
    interaction_styles: list[str]


class RiasecResultResponse(Output):
    session_token: str
    test_goal: TestGoal
    status: SessionStatus
    scores: dict[Letter, int]
    classification_type: CodeType
    is_inconsistent_profile: bool
    riasec_code_info: RiasecCodeInfo
    candidates: list[CandidateEntry]
    total_candidates: int
    display_candidates_count: int
    validity_warning: str | None
    next_step: Literal["ikigai", "fit_check_result"]
