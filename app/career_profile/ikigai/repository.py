"""Named statements of the Ikigai stage."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Connection,
    bindparam,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from app.career_profile.ikigai.dimensions import DIMENSIONS, Dimension
from app.career_profile.ikigai.documents import (
    DimensionAnswer,
    DimensionScoresData,
    TotalScoresData,
)
from app.career_profile.ikigai.models import (
    IkigaiDimensionScores,
    IkigaiResponses,
)
from app.career_profile.results.documents import ProfessionPhrases, RecommendationsData
from app.career_profile.riasec.documents import CandidatesData
from app.career_profile.riasec.models import CandidateProfessions, RiasecCode, RiasecResult
from app.career_profile.sessions.models import TestSession
from app.career_profile.sessions.repository import (
    SESSION_COLUMNS,
    SessionRow,
    session_of,
)
from app.core.rendered import Rendered

ANSWER_COLUMNS = {
    Dimension.LOVE: IkigaiResponses.dimension_1_love,
    Dimension.GOOD_AT: IkigaiResponses.dimension_2_good_at,
    Dimension.WORLD_NEEDS: IkigaiResponses.dimension_3_world_needs,
    Dimension.PAID_FOR: IkigaiResponses.dimension_4_paid_for,
}
Answers = Mapping[Dimension, DimensionAnswer]


@dataclass(frozen=True, slots=True)
class FinalizeRow:
    """All that finalizing a session reads; `dimension_scores` is there when it was begun."""

    session: SessionRow
    user_id: UUID
    answers: Answers
    candidates: CandidatesData
    user_code: str
    code_title: str
    strengths: tuple[str, ...]
    dimension_scores: DimensionScoresData | None


BEGIN_IKIGAI = Rendered(
    lambda: text(
        """
    WITH session AS (
        UPDATE careerprofile_test_sessions SET status = 'ikigai_ongoing'
        WHERE id = :session_id AND status = 'riasec_completed'
    )
    INSERT INTO ikigai_responses (test_session_id) VALUES (:session_id)
    ON CONFLICT (test_session_id) DO NOTHING
    RETURNING id
    """
    )
)


def begin_ikigai(connection: Connection, session_id: int) -> None:
    """riasec_completed to ikigai_ongoing, and the empty answer row where there is none, in the
    caller's lock.

    An adopted session may have its row before it begins, and one that began may have lost it.
    """
    BEGIN_IKIGAI.first(connection, session_id=session_id)


SESSION = bindparam("session_id", type_=BigInteger)
CANDIDATES = Rendered(
    lambda: select(CandidateProfessions.candidates_data).where(
        CandidateProfessions.test_session_id == SESSION
    )
)


def find_candidates(connection: Connection, session_id: int) -> CandidatesData | None:
    row = CANDIDATES.first(connection, session_id=session_id)
    return None if row is None else CandidatesData.model_validate(row.candidates_data)


FOR_FINALIZE = Rendered(
    lambda: (
        select(
            *SESSION_COLUMNS,
            TestSession.user_id,
            *ANSWER_COLUMNS.values(),
            CandidateProfessions.candidates_data,
            RiasecCode.riasec_code,
            RiasecCode.riasec_title,
            RiasecCode.strengths,
            IkigaiDimensionScores.scores_data,
        )
        .join(IkigaiResponses, IkigaiResponses.test_session_id == TestSession.id)
        .join(CandidateProfessions, CandidateProfessions.test_session_id == TestSession.id)
        .join(RiasecResult, RiasecResult.test_session_id == TestSession.id)
        .join(RiasecCode, RiasecCode.id == RiasecResult.riasec_code_id)
        .outerjoin(IkigaiDimensionScores, IkigaiDimensionScores.test_session_id == TestSession.id)
        .where(TestSession.id == SESSION)
        .with_for_update(key_share=True, read=True, of=TestSession)
    )
)


def find_for_finalize(connection: Connection, session_id: int) -> FinalizeRow | None:
    """Session, answers, candidates, code and what was scored already; None when it vanished.

    The session is not deleted before the transaction ends.
    """
    row = FOR_FINALIZE.first(connection, session_id=session_id)
    session = session_of(row)
    if row is None or session is None:
        return None
    scored = row.scores_data
    return FinalizeRow(
        session=session,
        user_id=row.user_id,
        answers=answers_of(row),
        candidates=CandidatesData.model_validate(row.candidates_data),
        user_code=row.riasec_code,
        code_title=row.riasec_title or row.riasec_code,
        strengths=tuple(row.strengths),
        dimension_scores=None if scored is None else DimensionScoresData.model_validate(scored),
    )


# Documents go as the JSON that pydantic writes: by way of Python's dictionaries it takes three
# times as long.
SAVE_SCORES = Rendered(
    lambda: text(
        """
    INSERT INTO ikigai_dimension_scores
        (test_session_id, scores_data, calculated_at, ai_model_used, total_api_calls)
    SELECT id, CAST(:scores AS jsonb), :at, :model, :calls FROM careerprofile_test_sessions
    WHERE id = :session_id FOR KEY SHARE
    ON CONFLICT (test_session_id) DO NOTHING
    RETURNING id
    """
    )
)


def save_dimension_scores(
    connection: Connection,
    session_id: int,
    document: DimensionScoresData,
    model: str,
    api_calls: int,
) -> DimensionScoresData | None:
    """Store the scores unless somebody was faster; the stored ones, None when it vanished.

    Two processes may score the same session after a crash: the first row wins, and the second
    process goes on with the winner's scores, so that both give the same result.
    """
    values = {
        "session_id": session_id,
        "scores": document.model_dump_json(),
        "at": document.metadata.calculated_at,
        "model": model,
        "calls": api_calls,
    }
    if SAVE_SCORES.first(connection, **values) is not None:
        return document
    stored = connection.scalar(
        select(IkigaiDimensionScores.scores_data).where(
            IkigaiDimensionScores.test_session_id == session_id
        )
    )
    return None if stored is None else DimensionScoresData.model_validate(stored)


COMPLETE_SESSION = Rendered(
    lambda: text(
        """
    WITH session AS (
        UPDATE careerprofile_test_sessions
        SET status = 'completed', ikigai_completed_at = :at, completed_at = :at
        WHERE id = :session_id AND status = 'ikigai_ongoing'
        RETURNING id, user_id
    ), totals AS (
        INSERT INTO ikigai_total_scores (test_session_id, scores_data, top_profession_1_id,
            top_profession_2_id, calculated_at)
        SELECT id, CAST(:total_scores AS jsonb), :top_1, :top_2, :at FROM session
    ), recommendation AS (
        INSERT INTO career_recommendations (test_session_id, recommendations_data,
            supporting_phrases, top_profession1_id, top_profession2_id, generated_at,
            ai_model_used)
        SELECT id, CAST(:recommendations AS jsonb), :phrases, :top_1, :top_2, :at, :model
        FROM session
    ), history AS (
        UPDATE kenalidiri_history SET status = 'completed', completed_at = :at
        FROM session, kenalidiri_categories category
        WHERE kenalidiri_history.user_id = session.user_id
            AND kenalidiri_history.detail_session_id = session.id
            AND kenalidiri_history.test_category_id = category.id
            AND category.category_code = 'CAREER_PROFILE'
    ), lease AS (
        DELETE FROM ikigai_finalize_leases USING session WHERE test_session_id = session.id
    )
    SELECT id FROM session
    """
    ).bindparams(bindparam("phrases", type_=JSONB))
)


def complete_session(
    connection: Connection,
    session_id: int,
    totals: TotalScoresData,
    recommendations: RecommendationsData,
    phrases: Sequence[ProfessionPhrases],
    model: str,
    at: datetime,
) -> bool:
    """Result, recommendation, status and history in one statement, which also ends the lease;
    False when it was done before.

    The conditional update decides between two finishers: the loser writes nothing.
    """
    top_1, top_2 = totals.metadata.top_2_professions
    values: dict[str, Any] = {
        "session_id": session_id,
        "at": at,
        "total_scores": totals.model_dump_json(),
        "recommendations": recommendations.model_dump_json(),
        "phrases": [item.model_dump(mode="json") for item in phrases],
        "top_1": top_1,
        "top_2": top_2,
        "model": model,
    }
    return COMPLETE_SESSION.first(connection, **values) is not None


def answers_of(row: Any) -> Answers:
    """The answers in a row that selected ANSWER_COLUMNS, in the order of the app."""
    stored = {name: getattr(row, ANSWER_COLUMNS[name].key) for name in DIMENSIONS}
    return {
        name: DimensionAnswer.model_validate(answer)
        for name, answer in stored.items()
        if answer is not None
    }
