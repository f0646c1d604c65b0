"""Named statements of the results."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection
from sqlalchemy.orm import aliased

from app.career_profile.ikigai.documents import DimensionScoresData
from app.career_profile.ikigai.models import IkigaiDimensionScores
from app.career_profile.results.documents import RecommendationsData
from app.career_profile.results.fit_check import FitCheck, FitRule
from app.career_profile.results.models import CareerRecommendation, FitCheckResult
from app.career_profile.riasec.documents import CandidatesData
from app.career_profile.riasec.models import CandidateProfessions, RiasecCode, RiasecResult
from app.career_profile.sessions.models import TestSession
from app.career_profile.sessions.repository import CallerAndSession, owned_session, session_of
from app.professions.models import Profession
from app.professions.repository import profession_names
from app.users.repository import caller_of


@dataclass(frozen=True, slots=True)
class RecommendationRow:
    """The stored parts of a recommendation; `names` of the candidates that still exist."""

    riasec_code: str
    riasec_title: str
    candidates: CandidatesData
    names: dict[int, str]
    dimension_scores: DimensionScoresData
    recommendations: RecommendationsData


@dataclass(frozen=True, slots=True)
class FitCheckRow:
    """A stored verdict with both codes; `profession_name` is None when it left the catalogue."""

    user_code: str
    user_title: str
    profession_id: int
    profession_name: str | None
    profession_code: str
    profession_title: str
    fit: FitCheck


TheirCode = aliased(RiasecCode)
FIT_COLUMNS = (
    RiasecCode.riasec_code,
    RiasecCode.riasec_title,
    TheirCode.riasec_code.label("profession_code"),
    TheirCode.riasec_title.label("profession_title"),
    Profession.name,
    FitCheckResult.profession_id,
    FitCheckResult.rule_type,
    FitCheckResult.dominant_letter_same,
    FitCheckResult.is_adjacent_hexagon,
    FitCheckResult.match_score,
)


def find_owned_fit_check(
    connection: Connection, user_id: UUID, session_token: str
) -> tuple[CallerAndSession, FitCheckRow | None]:
    """Caller, session and its verdict in one statement."""
    statement = (
        owned_session(user_id, session_token, *FIT_COLUMNS)
        .outerjoin(FitCheckResult, FitCheckResult.test_session_id == TestSession.id)
        .outerjoin(RiasecCode, RiasecCode.id == FitCheckResult.user_riasec_code_id)
        .outerjoin(TheirCode, TheirCode.id == FitCheckResult.profession_riasec_code_id)
        .outerjoin(Profession, Profession.id == FitCheckResult.profession_id)
    )
    row = connection.execute(statement).first()
    found = CallerAndSession(caller_of(row), session_of(row))
    if row is None or row.riasec_code is None or row.profession_code is None:
        return found, None
    fit = FitCheck(
        FitRule(row.rule_type),
        row.dominant_letter_same,
        row.is_adjacent_hexagon,
        row.match_score,
    )
    return found, FitCheckRow(
        row.riasec_code,
        row.riasec_title or row.riasec_code,
        row.profession_id,
        row.name,
        row.profession_code,
        row.profession_title or row.profession_code,
        fit,
    )


def find_owned_recommendation(
    connection: Connection, user_id: UUID, session_token: str
) -> tuple[CallerAndSession, RecommendationRow | None]:
    """Caller, session and its recommendation; the candidates' names in a second statement."""
    statement = (
        owned_session(
            user_id,
            session_token,
            RiasecCode.riasec_code,
            RiasecCode.riasec_title,
            CandidateProfessions.candidates_data,
            IkigaiDimensionScores.scores_data,
            CareerRecommendation.recommendations_data,
        )
        .outerjoin(RiasecResult, RiasecResult.test_session_id == TestSession.id)
        .outerjoin(RiasecCode, RiasecCode.id == RiasecResult.riasec_code_id)
        .outerjoin(CandidateProfessions, CandidateProfessions.test_session_id == TestSession.id)
        .outerjoin(IkigaiDimensionScores, IkigaiDimensionScores.test_session_id == TestSession.id)
        .outerjoin(CareerRecommendation, CareerRecommendation.test_session_id == TestSession.id)
    )
    row = connection.execute(statement).first()
    found = CallerAndSession(caller_of(row), session_of(row))
    if row is None or row.recommendations_data is None:
        return found, None
    candidates = CandidatesData.model_validate(row.candidates_data)
    return found, RecommendationRow(
        row.riasec_code,
        row.riasec_title or row.riasec_code,
        candidates,
        profession_names(connection, candidates.profession_ids),
        DimensionScoresData.model_validate(row.scores_data),
        RecommendationsData.model_validate(row.recommendations_data),
    )
