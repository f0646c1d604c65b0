"""Named statements of the results."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Text, cast, select
from sqlalchemy.orm import aliased

from app.career_profile.ikigai.certainty import PLACES_THAT_MATTER
from app.career_profile.ikigai.dimensions import DIMENSIONS
from app.career_profile.ikigai.documents import DimensionScoresData, ProfessionScoreEntry
from app.career_profile.ikigai.models import (
    IkigaiDimensionScores,
    IkigaiResponses,
    IkigaiTotalScores,
)
from app.career_profile.ikigai.ranking import RankedProfession
from app.career_profile.ikigai.repository import ANSWER_COLUMNS, Answers, answers_of
from app.career_profile.results.documents import RecommendationsData
from app.career_profile.results.fit_check import FitCheck, FitRule
from app.career_profile.results.models import CareerRecommendation, FitCheckResult
from app.career_profile.results.replay import StoredRun
from app.career_profile.riasec.documents import CandidatesData
from app.career_profile.riasec.models import CandidateProfessions, RiasecCode, RiasecResult
from app.career_profile.sessions.models import SessionStatus, TestSession
from app.career_profile.sessions.repository import CallerAndSession, owned_session, session_of
from app.core.rendered import Rendered
from app.professions.context import ScoringContext
from app.professions.models import Profession
from app.professions.repository import names_and_scoring_contexts
from app.users.repository import caller_of


@dataclass(frozen=True, slots=True)
class RecommendationRow:
    """The stored parts of a recommendation.

    `first_places`: at most three, best first. `names` of the candidates and `works` of the
    recommended professions hold those that still exist.
    """

    riasec_code: str
    riasec_title: str
    candidates: CandidatesData
    answers: Answers
    dimension_scores: DimensionScoresData
    first_places: list[RankedProfession]
    recommendations: RecommendationsData
    names: dict[int, str]
    works: dict[int, ScoringContext]


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


OWNED_FIT_CHECK = Rendered(
    lambda: (
        owned_session(*FIT_COLUMNS)
        .outerjoin(FitCheckResult, FitCheckResult.test_session_id == TestSession.id)
        .outerjoin(RiasecCode, RiasecCode.id == FitCheckResult.user_riasec_code_id)
        .outerjoin(TheirCode, TheirCode.id == FitCheckResult.profession_riasec_code_id)
        .outerjoin(Profession, Profession.id == FitCheckResult.profession_id)
    )
)


def find_owned_fit_check(
    connection: Connection, user_id: UUID, session_token: str
) -> tuple[CallerAndSession, FitCheckRow | None]:
    """Caller, session and its verdict in one statement."""
    row = OWNED_FIT_CHECK.first(connection, user_id=user_id, session_token=session_token)
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


RECOMMENDATION_COLUMNS = (
    RiasecCode.riasec_code,
    RiasecCode.riasec_title,
    CandidateProfessions.candidates_data,
    *ANSWER_COLUMNS.values(),
    IkigaiDimensionScores.scores_data,
    IkigaiTotalScores.scores_data["profession_scores"].label("profession_scores"),
    CareerRecommendation.recommendations_data,
)


def _parts_of(row: Any) -> tuple[Any, ...]:
    """What a recommendation is made of; Go may have deleted any of it."""
    return (
        row.recommendations_data,
        row.profession_scores,
        row.candidates_data,
        row.scores_data,
        row.riasec_code,
    )


OWNED_RECOMMENDATION = Rendered(
    lambda: (
        _with_run(owned_session(*RECOMMENDATION_COLUMNS))
        .outerjoin(RiasecResult, RiasecResult.test_session_id == TestSession.id)
        .outerjoin(RiasecCode, RiasecCode.id == RiasecResult.riasec_code_id)
    )
)


def find_owned_recommendation(
    connection: Connection, user_id: UUID, session_token: str
) -> tuple[CallerAndSession, RecommendationRow | None]:
    """Caller, session and its recommendation; what the catalogue says in a second statement."""
    row = OWNED_RECOMMENDATION.first(connection, user_id=user_id, session_token=session_token)
    found = CallerAndSession(caller_of(row), session_of(row))
    if row is None or any(part is None for part in _parts_of(row)):
        return found, None
    candidates = CandidatesData.model_validate(row.candidates_data)
    recommendations = RecommendationsData.model_validate(row.recommendations_data)
    recommended = [item.profession_id for item in recommendations.recommended_professions]
    names, works = names_and_scoring_contexts(connection, candidates.profession_ids, recommended)
    return found, RecommendationRow(
        riasec_code=row.riasec_code,
        riasec_title=row.riasec_title or row.riasec_code,
        candidates=candidates,
        answers=answers_of(row),
        dimension_scores=DimensionScoresData.model_validate(row.scores_data),
        first_places=[
            ProfessionScoreEntry.model_validate(entry).as_ranked()
            for entry in row.profession_scores[:PLACES_THAT_MATTER]
        ],
        recommendations=recommendations,
        names=names,
        works=works,
    )


@dataclass(frozen=True, slots=True)
class ReplayRow:
    """Where a session stands; `run` is None without a complete stored recommendation."""

    status: SessionStatus
    run: StoredRun | None


TOP_IDS = (
    IkigaiTotalScores.top_profession_1_id,
    IkigaiTotalScores.top_profession_2_id,
    CareerRecommendation.top_profession1_id,
    CareerRecommendation.top_profession2_id,
)
REPLAY_COLUMNS = (
    TestSession.status,
    *ANSWER_COLUMNS.values(),
    CandidateProfessions.candidates_data,
    cast(IkigaiDimensionScores.scores_data, Text).label("scores"),
    cast(IkigaiTotalScores.scores_data, Text).label("totals"),
    cast(CareerRecommendation.recommendations_data, Text).label("recommendations"),
    *TOP_IDS,
)


def find_run_for_replay(connection: Connection, session_token: str) -> ReplayRow | None:
    """Anybody's run, for the operator who proves a result; documents as PostgreSQL prints them."""
    of_the_session = select(*REPLAY_COLUMNS).where(TestSession.session_token == session_token)
    row = connection.execute(_with_run(of_the_session.select_from(TestSession))).first()
    if row is None:
        return None
    answers = answers_of(row)
    documents = (row.candidates_data, row.scores, row.totals, row.recommendations)
    if any(document is None for document in documents) or len(answers) < len(DIMENSIONS):
        return ReplayRow(SessionStatus(row.status), None)
    run = StoredRun(
        answers=answers,
        candidates=CandidatesData.model_validate(row.candidates_data),
        scores=row.scores,
        totals=row.totals,
        recommendations=row.recommendations,
        top_ids=tuple(row[-len(TOP_IDS) :]),
    )
    return ReplayRow(SessionStatus(row.status), run)


def _with_run(statement: Any) -> Any:
    """The rows that a session's run has, where it has them."""
    for table in (
        CandidateProfessions,
        IkigaiResponses,
        IkigaiDimensionScores,
        IkigaiTotalScores,
        CareerRecommendation,
    ):
        statement = statement.outerjoin(table, table.test_session_id == TestSession.id)
    return statement
