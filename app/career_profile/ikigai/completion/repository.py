"""What a completed session tells, in one statement."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, cast, func
from sqlalchemy.dialects.postgresql import JSONPATH

from app.career_profile.ikigai.documents import (
    NarrativeSource,
    ProfessionScoreEntry,
    ScoringSummary,
    TotalScoresMetadata,
)
from app.career_profile.ikigai.models import IkigaiDimensionScores, IkigaiTotalScores
from app.career_profile.results.models import CareerRecommendation
from app.career_profile.sessions.models import TestSession
from app.career_profile.sessions.repository import CallerAndSession, owned_session, session_of
from app.core.rendered import Rendered
from app.users.repository import caller_of


@dataclass(frozen=True, slots=True)
class CompletionRow:
    """What a completed session's result tells; `first_places` are at most two, best first."""

    scoring: ScoringSummary
    first_places: list[ProfessionScoreEntry]
    totals: TotalScoresMetadata
    narrative_source: NarrativeSource


# Only what the answer tells: the documents are some 20 kB long.
COMPLETION = Rendered(
    lambda: (
        owned_session(
            IkigaiDimensionScores.scores_data["normalization_params"].label("params"),
            IkigaiDimensionScores.scores_data["metadata"].label("scored"),
            func.jsonb_path_query_array(
                IkigaiTotalScores.scores_data, cast("$.profession_scores[0 to 1]", JSONPATH)
            ).label("first_places"),
            IkigaiTotalScores.scores_data["metadata"].label("totals"),
            CareerRecommendation.recommendations_data[
                ("generation_context", "narrative_source")
            ].astext.label("narrative_source"),
        )
        .outerjoin(IkigaiDimensionScores, IkigaiDimensionScores.test_session_id == TestSession.id)
        .outerjoin(IkigaiTotalScores, IkigaiTotalScores.test_session_id == TestSession.id)
        .outerjoin(CareerRecommendation, CareerRecommendation.test_session_id == TestSession.id)
    )
)


def find_owned_completion(
    connection: Connection, user_id: UUID, session_token: str
) -> tuple[CallerAndSession, CompletionRow | None]:
    """Caller, session and its stored result in one statement."""
    row = COMPLETION.first(connection, user_id=user_id, session_token=session_token)
    found = CallerAndSession(caller_of(row), session_of(row))
    if row is None or None in (row.scored, row.totals, row.narrative_source):
        return found, None  # not finished, or Go deleted a part of it
    return found, CompletionRow(
        ScoringSummary(normalization_params=row.params, metadata=row.scored),
        [ProfessionScoreEntry.model_validate(entry) for entry in row.first_places],
        TotalScoresMetadata.model_validate(row.totals),
        row.narrative_source,
    )
