"""Named statements of the RIASEC stage."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.types import Text

from app.career_profile.results.fit_check import FitCheck
from app.career_profile.riasec.documents import CandidatesData, ResponsesData
from app.career_profile.riasec.expansion import MAX_CANDIDATES, CodedProfession
from app.career_profile.riasec.hexagon import LETTERS, Letter
from app.career_profile.riasec.models import (
    CandidateProfessions,
    QuestionSet,
    RiasecCode,
    RiasecResponses,
    RiasecResult,
)
from app.career_profile.riasec.scoring import Classification, CodeType
from app.career_profile.sessions.models import TestSession
from app.career_profile.sessions.repository import CallerAndSession, owned_session, session_of
from app.users.repository import caller_of


@dataclass(frozen=True, slots=True)
class CodeRow:
    """A row of riasec_codes; texts as Go's admin last left them."""

    id: int
    riasec_code: str
    riasec_title: str
    riasec_description: str
    strengths: Sequence[str]
    challenges: Sequence[str]
    strategies: Sequence[str]
    work_environments: Sequence[str]
    interaction_styles: Sequence[str]


@dataclass(frozen=True, slots=True)
class ResultRow:
    """A stored result; `candidates` is None for a fit check."""

    scores: Mapping[Letter, int]
    profile: Classification
    code: CodeRow
    candidates: CandidatesData | None


CODE_COLUMNS = (
    RiasecCode.id.label("code_id"),
    RiasecCode.riasec_code,
    RiasecCode.riasec_title,
    RiasecCode.riasec_description,
    RiasecCode.strengths,
    RiasecCode.challenges,
    RiasecCode.strategies,
    RiasecCode.work_environments,
    RiasecCode.interaction_styles,
)
SCORE_COLUMNS = {
    Letter.R: RiasecResult.score_r,
    Letter.I: RiasecResult.score_i,
    Letter.A: RiasecResult.score_a,
    Letter.S: RiasecResult.score_s,
    Letter.E: RiasecResult.score_e,
    Letter.C: RiasecResult.score_c,
}


def code_of(row: Row[Any]) -> CodeRow:
    """The code in a row that selected CODE_COLUMNS."""
    return CodeRow(
        row.code_id,
        row.riasec_code,
        row.riasec_title or row.riasec_code,
        row.riasec_description or "",
        row.strengths,
        row.challenges,
        row.strategies,
        row.work_environments,
        row.interaction_styles,
    )


def find_question_ids(connection: Connection, session_id: int) -> list[int]:
    statement = select(QuestionSet.question_ids).where(QuestionSet.test_session_id == session_id)
    return list(connection.scalar(statement) or [])


def find_owned_question_set(
    connection: Connection, user_id: UUID, session_token: str
) -> tuple[CallerAndSession, list[int]]:
    statement = owned_session(user_id, session_token, QuestionSet.question_ids).outerjoin(
        QuestionSet, QuestionSet.test_session_id == TestSession.id
    )
    row = connection.execute(statement).first()
    ids = list(row.question_ids or []) if row is not None else []
    return CallerAndSession(caller_of(row), session_of(row)), ids


def find_responses(connection: Connection, session_id: int) -> ResponsesData | None:
    """The stored answers, None when the session has none."""
    statement = select(RiasecResponses.responses_data).where(
        RiasecResponses.test_session_id == session_id
    )
    stored = connection.scalar(statement)
    return None if stored is None else ResponsesData.model_validate(stored)


def get_code(connection: Connection, code: str) -> CodeRow:
    """The reference row of a code; all 156 are seeded."""
    statement = select(*CODE_COLUMNS).where(RiasecCode.riasec_code == code)
    return code_of(connection.execute(statement).one())


PROFESSIONS_OF_CODES = text(
    """
    SELECT found.id, code.id AS code_id, code.riasec_code
    FROM riasec_codes code
    CROSS JOIN LATERAL (
        SELECT id FROM professions WHERE riasec_code_id = code.id ORDER BY id LIMIT :per_code
    ) found
    WHERE code.riasec_code = ANY(:codes)
    """
).bindparams(bindparam("codes", type_=ARRAY(Text)))


def find_professions_of_codes(
    connection: Connection, codes: Sequence[str]
) -> list[CodedProfession]:
    """All professions of the codes in one query; of each code only as many as can be kept."""
    rows = connection.execute(
        PROFESSIONS_OF_CODES, {"codes": list(codes), "per_code": MAX_CANDIDATES}
    )
    return [CodedProfession(row.id, row.code_id, row.riasec_code) for row in rows]


ANSWERS_AND_RESULT = """
    responses AS (
        INSERT INTO riasec_responses (test_session_id, responses_data, created_at)
        SELECT id, :responses_data, :at FROM session
    ), result AS (
        INSERT INTO riasec_results (test_session_id, score_r, score_i, score_a, score_s, score_e,
            score_c, riasec_code_id, riasec_code_type, is_inconsistent_profile, calculated_at)
        SELECT id, :score_r, :score_i, :score_a, :score_s, :score_e, :score_c, :riasec_code_id,
            :riasec_code_type, :is_inconsistent_profile, :at FROM session
    )
"""
STORE_RECOMMENDATION_RESULT = text(
    f"""
    WITH session AS (
        UPDATE careerprofile_test_sessions
        SET status = 'riasec_completed', riasec_completed_at = :at
        WHERE id = :session_id AND status = 'riasec_ongoing'
        RETURNING id
    ), {ANSWERS_AND_RESULT}
    INSERT INTO ikigai_candidate_professions (test_session_id, candidates_data, total_candidates,
        generation_strategy, max_candidates_limit, generated_at)
    SELECT id, :candidates_data, :total_candidates, :strategy, :limit, :at FROM session
    """  # noqa: S608 - a fragment of our own
).bindparams(bindparam("responses_data", type_=JSONB), bindparam("candidates_data", type_=JSONB))
STORE_FIT_CHECK_RESULT = text(
    f"""
    WITH session AS (
        UPDATE careerprofile_test_sessions
        SET status = 'completed', riasec_completed_at = :at, completed_at = :at
        WHERE id = :session_id AND status = 'riasec_ongoing'
        RETURNING id, user_id
    ), {ANSWERS_AND_RESULT}, history AS (
        UPDATE kenalidiri_history SET status = 'completed', completed_at = :at
        FROM session, kenalidiri_categories category
        WHERE kenalidiri_history.user_id = session.user_id
            AND kenalidiri_history.detail_session_id = session.id
            AND kenalidiri_history.test_category_id = category.id
            AND category.category_code = 'CAREER_PROFILE'
    )
    INSERT INTO fit_check_results (test_session_id, profession_id, user_riasec_code_id,
        profession_riasec_code_id, match_category, rule_type, dominant_letter_same,
        is_adjacent_hexagon, match_score, created_at)
    SELECT id, :profession_id, :riasec_code_id, :profession_code_id, :match_category, :rule_type,
        :dominant_letter_same, :is_adjacent_hexagon, :match_score, :at
    FROM session WHERE :has_target
    """  # noqa: S608 - a fragment of our own
).bindparams(bindparam("responses_data", type_=JSONB))


@dataclass(frozen=True, slots=True)
class NewResult:
    """What every accepted submission writes."""

    session_id: int
    at: datetime
    scores: Mapping[Letter, int]
    profile: Classification
    code_id: int
    responses_data: object

    def values(self) -> dict[str, object]:
        return {
            "session_id": self.session_id,
            "at": self.at,
            **{f"score_{letter.lower()}": self.scores[letter] for letter in LETTERS},
            "riasec_code_id": self.code_id,
            "riasec_code_type": self.profile.code_type.value,
            "is_inconsistent_profile": self.profile.is_inconsistent,
            "responses_data": self.responses_data,
        }


@dataclass(frozen=True, slots=True)
class NewFitCheck:
    """The verdict on the target profession."""

    profession_id: int
    profession_code_id: int
    fit: FitCheck


def store_recommendation_result(
    connection: Connection, new: NewResult, candidates: CandidatesData
) -> None:
    """Answers, result, candidates and the transition: one statement, all or nothing."""
    connection.execute(
        STORE_RECOMMENDATION_RESULT,
        {
            **new.values(),
            "candidates_data": candidates.model_dump(mode="json"),
            "total_candidates": candidates.metadata.total_candidates,
            "strategy": candidates.metadata.expansion_strategy.value,
            "limit": MAX_CANDIDATES,
        },
    )


def store_fit_check_result(
    connection: Connection, new: NewResult, target: NewFitCheck | None
) -> None:
    """Answers, result, verdict, history and the transition: one statement, all or nothing.

    Without a target (it left the catalogue meanwhile) there is no verdict to store.
    """
    fit = target.fit if target else None
    connection.execute(
        STORE_FIT_CHECK_RESULT,
        {
            **new.values(),
            "has_target": target is not None,
            "profession_id": target.profession_id if target else None,
            "profession_code_id": target.profession_code_id if target else None,
            "match_category": fit.category.value if fit else None,
            "rule_type": fit.rule.value if fit else None,
            "dominant_letter_same": fit.dominant_letter_same if fit else None,
            "is_adjacent_hexagon": fit.is_adjacent_hexagon if fit else None,
            "match_score": fit.match_score if fit else None,
        },
    )


def find_owned_result(
    connection: Connection, user_id: UUID, session_token: str
) -> tuple[CallerAndSession, ResultRow | None]:
    """Caller, session and its stored result in one statement."""
    statement = (
        owned_session(
            user_id,
            session_token,
            *CODE_COLUMNS,
            *SCORE_COLUMNS.values(),
            RiasecResult.riasec_code_type,
            RiasecResult.is_inconsistent_profile,
            CandidateProfessions.candidates_data,
        )
        .outerjoin(RiasecResult, RiasecResult.test_session_id == TestSession.id)
        .outerjoin(RiasecCode, RiasecCode.id == RiasecResult.riasec_code_id)
        .outerjoin(CandidateProfessions, CandidateProfessions.test_session_id == TestSession.id)
    )
    row = connection.execute(statement).first()
    found = CallerAndSession(caller_of(row), session_of(row))
    if row is None or row.code_id is None:
        return found, None
    profile = Classification(
        row.riasec_code, CodeType(row.riasec_code_type), row.is_inconsistent_profile
    )
    scores = {letter: getattr(row, column.key) for letter, column in SCORE_COLUMNS.items()}
    stored = row.candidates_data
    candidates = None if stored is None else CandidatesData.model_validate(stored)
    return found, ResultRow(scores, profile, code_of(row), candidates)
