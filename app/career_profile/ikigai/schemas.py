"""What the Ikigai routes take and answer."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, JsonValue, model_validator

from app.career_profile.decimals import Score
from app.career_profile.ikigai.content_writer import Source
from app.career_profile.ikigai.dimensions import MAX_TEXT_CHARS, MIN_TEXT_CHARS, Dimension
from app.career_profile.ikigai.documents import SelectionType
from app.career_profile.sessions.models import SessionStatus
from app.career_profile.sessions.schemas import NextStep
from app.core.fields import MAX_ID, Input, Output, SafeText, SessionToken

CONTRADICTION = (
    "Pilihanmu tidak konsisten: isi selected_profession_id hanya bila selection_type 'selected'."
)


def _long_enough(text: str) -> str:
    trimmed = text.strip()
    if not MIN_TEXT_CHARS <= len(trimmed) <= MAX_TEXT_CHARS:
        raise ValueError(f"Tulis alasanmu {MIN_TEXT_CHARS} sampai {MAX_TEXT_CHARS} karakter, ya.")
    return trimmed


# Surrounding space is allowed for and trimmed; the limits hold for what remains.
ReasoningText = Annotated[
    SafeText,
    Field(max_length=2 * MAX_TEXT_CHARS, json_schema_extra={"minLength": MIN_TEXT_CHARS}),
    AfterValidator(_long_enough),
]


class SessionReference(Input):
    session_token: SessionToken


# What `_selection_agrees` asks, for those who read the document.
AGREEING: dict[str, JsonValue] = {
    "oneOf": [
        {
            "properties": {
                "selection_type": {"const": "selected"},
                "selected_profession_id": {"type": "integer"},
            },
            "required": ["selected_profession_id"],
        },
        {
            "properties": {
                "selection_type": {"const": "not_selected"},
                "selected_profession_id": {"type": "null"},
            }
        },
    ]
}


class DimensionSubmission(Input):
    """One dimension's answer; a selection and its type must agree."""

    model_config = ConfigDict(json_schema_extra=AGREEING)

    session_token: SessionToken
    dimension_name: Dimension
    selected_profession_id: Annotated[int, Field(strict=True, ge=1, le=MAX_ID)] | None = None
    selection_type: SelectionType
    reasoning_text: ReasoningText

    @model_validator(mode="after")
    def _selection_agrees(self) -> Self:
        if (self.selected_profession_id is not None) != (self.selection_type == "selected"):
            raise ValueError(CONTRADICTION)
        return self


class DimensionInfo(Output):
    key: Dimension
    label: str
    question: str
    helper_text: str
    min_characters: int
    max_characters: int


class DimensionList(Output):
    dimensions: list[DimensionInfo]


class OptionContent(Output):
    profession_id: int
    profession_name: str
    display_order: int
    congruence_score: Score
    dimension_content: dict[Dimension, str]
    content_source: Source


class IkigaiContent(Output):
    """`regenerated` is the opposite of `from_cache`, kept for older clients."""

    session_token: str
    status: SessionStatus
    generated_at: datetime
    from_cache: bool
    regenerated: bool
    total_display_candidates: int
    message: str
    candidates_with_content: list[OptionContent]


class DimensionProgress(Output):
    """After an answer, while the result is not there yet."""

    session_token: str
    status: Literal[SessionStatus.IKIGAI_ONGOING]
    dimension_saved: Dimension | None
    dimensions_completed: list[Dimension]
    dimensions_remaining: list[Dimension]
    all_completed: bool
    next_step: NextStep
    message: str
    support: str | None


class TopProfessionScores(Output):
    rank: int
    profession_id: int
    total_score: Score
    score_what_you_love: Score
    score_what_you_are_good_at: Score
    score_what_the_world_needs: Score
    score_what_you_can_be_paid_for: Score
    intrinsic_score: Score
    extrinsic_score: Score


class Quality(Output):
    """How much of the result the model carried; `note` is for the user, null when all is well."""

    fallback_dimensions: list[Dimension]
    low_evidence_dimensions: list[Dimension]
    narrative_source: Source
    note: str | None


class IkigaiCompletion(Output):
    """The finished Ikigai, from the stored rows."""

    session_token: str
    status: Literal[SessionStatus.COMPLETED]
    top_2_professions: list[TopProfessionScores]
    total_professions_evaluated: int
    tie_breaking_applied: bool
    calculated_at: datetime
    message: str
    quality: Quality
    support: str | None
