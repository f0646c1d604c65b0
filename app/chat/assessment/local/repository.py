"""Named statements on the finished sessions of the career profile; the owner comes first."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Select, select
from sqlalchemy.orm import aliased

from app.career_profile.results.documents import RecommendationsData
from app.career_profile.results.fit_check import MATCH_LABELS, FitRule
from app.career_profile.results.fit_explanation import explain_fit
from app.career_profile.results.models import CareerRecommendation, FitCheckResult
from app.career_profile.riasec.hexagon import LETTERS, Letter
from app.career_profile.riasec.instrument import form_of_version
from app.career_profile.riasec.models import RiasecCode, RiasecResult
from app.career_profile.sessions.models import SessionStatus, TestSession
from app.chat.assessment.assessment import Assessment, FitVerdict, Ikigai, TopProfession
from app.chat.assessment.context import persona_of, rescaled
from app.professions.models import Profession
from app.users.models import User

TheirCode = aliased(RiasecCode)
SCORES = {letter: getattr(RiasecResult, f"score_{letter.lower()}") for letter in LETTERS}
COLUMNS = (
    TestSession.session_token,
    TestSession.completed_at,
    TestSession.question_set_version,
    *SCORES.values(),
    RiasecCode.riasec_code,
    RiasecCode.riasec_title,
    RiasecCode.riasec_description,
    RiasecCode.strengths,
    RiasecCode.challenges,
    RiasecCode.strategies,
    CareerRecommendation.recommendations_data,
    FitCheckResult.rule_type,
    Profession.name.label("target_name"),
    TheirCode.riasec_code.label("target_code"),
)


def find_finished(connection: Connection, user_id: UUID, session_token: str) -> Assessment | None:
    """The user's finished session of this token."""
    statement = _finished(user_id).where(TestSession.session_token == session_token)
    return _assessment_of(connection.execute(statement).first())


def find_latest_finished(connection: Connection, user_id: UUID) -> Assessment | None:
    """The session that the user finished last."""
    newest_first = (TestSession.completed_at.desc(), TestSession.id.desc())
    statement = _finished(user_id).order_by(*newest_first).limit(1)
    return _assessment_of(connection.execute(statement).first())


def is_kept(connection: Connection, user_id: UUID, session_token: str) -> bool:
    """Whether the session is still there; it then stays until the transaction ends."""
    statement = (
        select(TestSession.id)
        .where(TestSession.user_id == user_id, TestSession.session_token == session_token)
        .with_for_update(read=True, key_share=True)
    )
    return connection.execute(statement).first() is not None


def _finished(user_id: UUID) -> Select[Any]:
    """Sessions whose result is whole: Go may have deleted any part of it."""
    return (
        select(*COLUMNS)
        .select_from(User)
        .join(TestSession, TestSession.user_id == User.id)
        .join(RiasecResult, RiasecResult.test_session_id == TestSession.id)
        .join(RiasecCode, RiasecCode.id == RiasecResult.riasec_code_id)
        .outerjoin(CareerRecommendation, CareerRecommendation.test_session_id == TestSession.id)
        .outerjoin(FitCheckResult, FitCheckResult.test_session_id == TestSession.id)
        .outerjoin(TheirCode, TheirCode.id == FitCheckResult.profession_riasec_code_id)
        .outerjoin(Profession, Profession.id == FitCheckResult.profession_id)
        .where(
            User.id == user_id,
            User.deleted_at.is_(None),
            TestSession.status == SessionStatus.COMPLETED,
            TestSession.completed_at.is_not(None),
        )
    )


def _assessment_of(row: Row[Any] | None) -> Assessment | None:
    if row is None:
        return None
    return Assessment(
        assessment_id=row.session_token,
        completed_at=row.completed_at,
        riasec=_rescaled(row),
        ocean=None,
        via_is=None,
        persona=persona_of(
            row.riasec_code,
            row.riasec_title or "",
            row.riasec_description or "",
            row.strengths or (),
            row.challenges or (),
            row.strategies or (),
        ),
        ikigai=_ikigai_of(row.recommendations_data),
        fit_check=_verdict_of(row),
        is_local=True,
    )


def _rescaled(row: Row[Any]) -> Mapping[Letter, int]:
    form = form_of_version(row.question_set_version)
    return {
        letter: rescaled(getattr(row, column.key), form.letter_min, form.letter_max)
        for letter, column in SCORES.items()
    }


def _ikigai_of(document: Any) -> Ikigai | None:
    if document is None:
        return None
    data = RecommendationsData.model_validate(document)
    return Ikigai(
        {name.value: text for name, text in data.ikigai_profile_summary.items()},
        tuple(
            TopProfession(item.profession_name, float(item.match_percentage), item.match_reasoning)
            for item in data.recommended_professions
        ),
    )


def _verdict_of(row: Row[Any]) -> FitVerdict | None:
    """None, too, when the target has left the catalogue: there is no name to speak of it."""
    if row.rule_type is None or row.target_name is None or row.target_code is None:
        return None
    rule = FitRule(row.rule_type)
    told = explain_fit(rule, row.riasec_code, row.target_code, row.target_name)
    return FitVerdict(
        row.target_name, rule.category.value, MATCH_LABELS[rule.category], told.meaning
    )
