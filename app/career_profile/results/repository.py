"""Named statements of the results: the fit check, and a run to replay."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Text, cast, select
from sqlalchemy.orm import aliased

from app.career_profile.ikigai.dimensions import DIMENSIONS
from app.career_profile.ikigai.models import (
    IkigaiDimensionScores,
    IkigaiResponses,
    IkigaiTotalScores,
)
from app.career_profile.ikigai.repository import ANSWER_COLUMNS, answers_of
from app.career_profile.results.fit_check import FitCheck, FitRule
from app.career_profile.results.models import CareerRecommendation, FitCheckResult
from app.career_profile.results.replay import StoredRun
from app.career_profile.riasec.documents import CandidatesData
from app.career_profile.riasec.models import CandidateProfessions, RiasecCode
from app.career_profile.sessions.models import SessionStatus, TestSession
from app.career_profile.sessions.repository import CallerAndSession, owned_session, session_of
from app.core.rendered import Rendered
from app.professions.models import Profession
from app.users.repository import caller_of


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
    statement: Any = select(*REPLAY_COLUMNS).select_from(TestSession)
    for table in (
        CandidateProfessions,
        IkigaiResponses,
        IkigaiDimensionScores,
        IkigaiTotalScores,
        CareerRecommendation,
    ):
        statement = statement.outerjoin(table, table.test_session_id == TestSession.id)
    row = connection.execute(statement.where(TestSession.session_token == session_token)).first()
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
