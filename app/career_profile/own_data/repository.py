"""Named statements on everything that a user's runs have stored."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, String, Uuid, bindparam, select, text, true, type_coerce

from app.career_profile.ikigai.models import (
    IkigaiDimensionScores,
    IkigaiResponses,
    IkigaiTotalScores,
)
from app.career_profile.ikigai.repository import ANSWER_COLUMNS
from app.career_profile.results.models import CareerRecommendation, FitCheckResult
from app.career_profile.riasec.models import (
    CandidateProfessions,
    QuestionSet,
    RiasecCode,
    RiasecResponses,
    RiasecResult,
)
from app.career_profile.riasec.repository import SCORE_COLUMNS
from app.career_profile.sessions.models import TestSession
from app.users.caller import Caller
from app.users.models import User
from app.users.repository import CALLER_COLUMNS, caller_of

SESSION_FIELDS = (
    TestSession.session_token,
    TestSession.persona_type,
    TestSession.test_goal,
    TestSession.target_profession_id,
    TestSession.status,
    TestSession.started_at,
    TestSession.riasec_completed_at,
    TestSession.ikigai_completed_at,
    TestSession.completed_at,
    TestSession.question_set_version,
)
DOCUMENTS = {
    "question_ids": QuestionSet.question_ids,
    "riasec_responses": RiasecResponses.responses_data,
    "candidates": CandidateProfessions.candidates_data,
    "ikigai_dimension_scores": IkigaiDimensionScores.scores_data,
    "ikigai_total_scores": IkigaiTotalScores.scores_data,
    "recommendation": CareerRecommendation.recommendations_data,
}
RESULT_FIELDS = (
    RiasecResult.riasec_code_type,
    RiasecResult.is_inconsistent_profile,
    RiasecResult.calculated_at,
)
FIT_FIELDS = (
    FitCheckResult.profession_id,
    type_coerce(FitCheckResult.match_category, String).label("match_category"),  # as stored
    FitCheckResult.rule_type,
    FitCheckResult.dominant_letter_same,
    FitCheckResult.is_adjacent_hexagon,
    FitCheckResult.match_score,
    FitCheckResult.created_at,
)
CHILDREN = (
    QuestionSet,
    RiasecResponses,
    RiasecResult,
    CandidateProfessions,
    IkigaiResponses,
    IkigaiDimensionScores,
    IkigaiTotalScores,
    CareerRecommendation,
    FitCheckResult,
)


def export_runs(
    connection: Connection, user_id: UUID
) -> tuple[Caller | None, list[dict[str, Any]]]:
    """The caller and all their runs, newest first, in one statement."""
    own_code = select(RiasecCode.riasec_code).where(RiasecCode.id == RiasecResult.riasec_code_id)
    own_title = select(RiasecCode.riasec_title).where(RiasecCode.id == RiasecResult.riasec_code_id)
    target_code = select(RiasecCode.riasec_code).where(
        RiasecCode.id == FitCheckResult.profession_riasec_code_id
    )
    runs = select(
        TestSession.id.label("run_id"),
        *SESSION_FIELDS,
        *(column.label(name) for name, column in DOCUMENTS.items()),
        *ANSWER_COLUMNS.values(),
        *SCORE_COLUMNS.values(),
        *RESULT_FIELDS,
        own_code.scalar_subquery().label("riasec_code"),
        own_title.scalar_subquery().label("riasec_title"),
        *FIT_FIELDS,
        target_code.scalar_subquery().label("profession_code"),
    ).where(TestSession.user_id == user_id)
    for child in CHILDREN:
        runs = runs.outerjoin(child, child.test_session_id == TestSession.id)
    found = runs.subquery("runs")
    statement = (
        select(*CALLER_COLUMNS, *found.c)
        .select_from(User)
        .outerjoin(found, true())
        .where(User.id == user_id, User.deleted_at.is_(None))
        .order_by(found.c.started_at.desc(), found.c.run_id.desc())
    )
    rows = connection.execute(statement).all()
    caller = caller_of(rows[0] if rows else None)
    return caller, [_run_of(row) for row in rows if row.run_id is not None]


DELETE_SESSION = text(
    """
    WITH gone AS (
        DELETE FROM careerprofile_test_sessions
        WHERE user_id = :user_id AND id = :session_id
        RETURNING id
    ), history AS (
        DELETE FROM kenalidiri_history USING gone, kenalidiri_categories category
        WHERE kenalidiri_history.user_id = :user_id
            AND kenalidiri_history.detail_session_id = gone.id
            AND kenalidiri_history.test_category_id = category.id
            AND category.category_code = 'CAREER_PROFILE'
    )
    SELECT id FROM gone
    """
).bindparams(bindparam("user_id", type_=Uuid))
# Lines of the history whose run is gone already go as well.
DELETE_ALL = text(
    """
    WITH gone AS (
        DELETE FROM careerprofile_test_sessions WHERE user_id = :user_id
        RETURNING session_token
    ), history AS (
        DELETE FROM kenalidiri_history USING kenalidiri_categories category
        WHERE kenalidiri_history.user_id = :user_id
            AND kenalidiri_history.test_category_id = category.id
            AND category.category_code = 'CAREER_PROFILE'
    )
    SELECT session_token FROM gone
    """
).bindparams(bindparam("user_id", type_=Uuid))


def delete_session(connection: Connection, user_id: UUID, session_id: int) -> int:
    """The run, its children (by cascade) and its line in the history; how many runs are gone."""
    rows = connection.execute(DELETE_SESSION, {"user_id": user_id, "session_id": session_id})
    return len(rows.all())


def delete_all_sessions(connection: Connection, user_id: UUID) -> list[str]:
    """Every run of the user with all that belongs to it; the tokens of those that are gone."""
    return list(connection.scalars(DELETE_ALL, {"user_id": user_id}))


def find_own_sessions(connection: Connection, user_id: UUID) -> dict[int, str]:
    """The tokens of the user's runs by id."""
    statement = select(TestSession.id, TestSession.session_token).where(
        TestSession.user_id == user_id
    )
    return {row.id: row.session_token for row in connection.execute(statement)}


def _run_of(row: Row[Any]) -> dict[str, Any]:
    values = dict(zip(row._fields, row, strict=True))
    answers = {name: values[column.key] for name, column in ANSWER_COLUMNS.items()}
    given = {name: answer for name, answer in answers.items() if answer is not None}
    return {
        **{column.key: values[column.key] for column in SESSION_FIELDS},
        **{name: values[name] for name in DOCUMENTS},
        "riasec_result": _riasec_of(values),
        "ikigai_answers": given or None,
        "fit_check_result": _fit_check_of(values),
    }


def _riasec_of(values: Mapping[str, Any]) -> dict[str, Any] | None:
    if values["riasec_code_type"] is None:
        return None
    return {
        "riasec_code": values["riasec_code"],
        "riasec_title": values["riasec_title"],
        "classification_type": values["riasec_code_type"],
        "is_inconsistent_profile": values["is_inconsistent_profile"],
        "scores": {letter: values[column.key] for letter, column in SCORE_COLUMNS.items()},
        "calculated_at": values["calculated_at"],
    }


def _fit_check_of(values: Mapping[str, Any]) -> dict[str, Any] | None:
    if values["profession_id"] is None:
        return None
    fields = {column.key: values[column.key] for column in FIT_FIELDS}
    return {**fields, "profession_code": values["profession_code"]}
