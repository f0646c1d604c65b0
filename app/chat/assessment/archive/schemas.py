"""An assessment as the archive service tells it: the members of a conversation's context."""

from typing import Annotated, Final
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from app.career_profile.riasec.hexagon import Letter
from app.core.fields import SafeText

MAX_STRENGTHS: Final = 24  # VIA has so many
Score = Annotated[float, Field(strict=True, ge=0, le=100, allow_inf_nan=False)]
Name = Annotated[SafeText, StringConstraints(min_length=1, max_length=60)]
Words = Annotated[SafeText, StringConstraints(max_length=4000)]


class _Told(BaseModel):
    """Members that are unknown here are left alone: the archive may learn more."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class RiasecScores(_Told):
    R: Score
    I: Score  # noqa: E741 - the letter is the field's own name
    A: Score
    S: Score
    E: Score
    C: Score

    def of(self, letter: Letter) -> float:
        score: float = getattr(self, letter.value)
        return score


class OceanScores(_Told):
    O: Score  # noqa: E741 - as above
    C: Score
    E: Score
    A: Score
    N: Score


class PersonaProfile(_Told):
    summary: Words
    details: Words


class ArchivedAssessment(_Told):
    """All scores are 0 to 100."""

    assessment_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,100}$")]
    user_id: UUID
    completed_at: Annotated[AwareDatetime, Field(validation_alias="assessmentDate")]
    riasec: RiasecScores
    ocean: OceanScores | None = None
    via_is: Annotated[
        Annotated[dict[Name, Score], Field(max_length=MAX_STRENGTHS)] | None,
        Field(validation_alias="viaIs"),
    ] = None
    persona: Annotated[PersonaProfile | None, Field(validation_alias="personaProfile")] = None
