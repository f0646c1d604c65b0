"""Named statements of the RIASEC stage."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, column, select, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.types import Text

from app.career_profile.riasec.documents import CandidatesData, ResponsesData
from app.career_profile.riasec.expansion import MAX_CANDIDATES, CodedProfession
from app.career_profile.riasec.hexagon import LETTERS, Letter
from app.career_profile.riasec.models import (
    CandidateProfessions,
    RiasecCode,
    RiasecResponses,
    RiasecResult,
)
from app.career_profile.riasec.scoring import Classification, CodeType
from app.career_profile.sessions.models import TestSession
from app.career_profile.sessions.repository import (
    CallerAndSession,
    owned_session,
    session_of,
)
from app.core.rendered import Rendered
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


def code_of(row: Any) -> CodeRow:
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


def find_responses(connection: Connection, session_id: int) -> ResponsesData | None:
    """The stored answers, None when the session has none."""
    statement = select(RiasecResponses.responses_data).where(
        RiasecResponses.test_session_id == session_id
    )
    stored = connection.scalar(statement)
    return None if stored is None else ResponsesData.model_validate(stored)


CODE = Rendered(
    lambda: select(*CODE_COLUMNS).where(RiasecCode.riasec_code == bindparam("code", type_=Text))
)


def get_code(connection: Connection, code: str) -> CodeRow:
    """The reference row of a code; all 156 are seeded."""
    return code_of(CODE.first(connection, code=code))


# In a large catalogue the first tier is enough, and the codes around it are not looked up at all.
PROFESSIONS_OF_CODES = text(
    """
    WITH first AS MATERIALIZED (
        SELECT found.id, code.id AS code_id, code.riasec_code
        FROM riasec_codes code
        CROSS JOIN LATERAL (
            SELECT id FROM professions WHERE riasec_code_id = code.id ORDER BY id LIMIT :per_code
        ) found
        WHERE code.riasec_code = ANY(:first)
    ), others AS (
        SELECT found.id, code.id AS code_id, code.riasec_code
        FROM riasec_codes code
        CROSS JOIN LATERAL (
            SELECT id FROM professions WHERE riasec_code_id = code.id ORDER BY id LIMIT :per_code
        ) found
        WHERE code.riasec_code = ANY(:others) AND EXISTS (
            SELECT FROM unnest(:first) wanted (code)
            WHERE (SELECT count(*) FROM first WHERE riasec_code = wanted.code) < :enough
        )
    )
    SELECT jsonb_agg(jsonb_build_array(id, code_id, riasec_code))
    FROM (TABLE first UNION ALL TABLE others) found
    """
).bindparams(
    bindparam("first", type_=ARRAY(Text)),
    bindparam("others", type_=ARRAY(Text)),
)
CODE_WITH_PROFESSIONS = Rendered(
    lambda: select(
        *CODE_COLUMNS,
        PROFESSIONS_OF_CODES.columns(column("professions", JSONB))
        .scalar_subquery()
        .label("professions"),
    ).where(RiasecCode.riasec_code == bindparam("code", type_=Text))
)


def get_code_with_professions(
    connection: Connection, code: str, first: Sequence[str], others: Sequence[str], enough: int
) -> tuple[CodeRow, list[CodedProfession]]:
    """As `get_code`, with the professions of the codes around it, of each only as many as can be
    kept; those of `others` only when one of the `first` has fewer than `enough`.
    """
    row = CODE_WITH_PROFESSIONS.first(
        connection,
        code=code,
        first=list(first),
        others=list(others),
        enough=enough,
        per_code=MAX_CANDIDATES,
    )
    return code_of(row), [CodedProfession(*found) for found in row.professions or ()]


ANSWERS_AND_RESULT = """
    responses AS (
        INSERT INTO riasec_responses (test_session_id, responses_data, created_at)
        SELECT id, CAST(:responses AS jsonb), :at FROM session
    ), result AS (
        INSERT INTO riasec_results (test_session_id, score_r, score_i, score_a, score_s, score_e,
            score_c, riasec_code_id, riasec_code_type, is_inconsistent_profile, calculated_at)
        SELECT id, :score_r, :score_i, :score_a, :score_s, :score_e, :score_c, :riasec_code_id,
            :riasec_code_type, :is_inconsistent_profile, :at FROM session
    )
"""
STORE_RECOMMENDATION_RESULT = Rendered(
    lambda: text(
        f"""
    WITH session AS (
        UPDATE careerprofile_test_sessions
        SET status = 'riasec_completed', riasec_completed_at = :at
        WHERE id = :session_id AND status = 'riasec_ongoing'
        RETURNING id
    ), {ANSWERS_AND_RESULT}
    INSERT INTO ikigai_candidate_professions (test_session_id, candidates_data, total_candidates,
        generation_strategy, max_candidates_limit, generated_at)
    SELECT id, CAST(:candidates AS jsonb), :total_candidates, :strategy, :limit, :at FROM session
    RETURNING test_session_id
    """  # noqa: S608 - a fragment of our own
    )
)


@dataclass(frozen=True, slots=True)
class NewResult:
    """What every accepted submission writes."""

    session_id: int
    at: datetime
    scores: Mapping[Letter, int]
    profile: Classification
    code_id: int
    responses: ResponsesData

    def values(self) -> dict[str, object]:
        return {
            "session_id": self.session_id,
            "at": self.at,
            **{f"score_{letter.lower()}": self.scores[letter] for letter in LETTERS},
            "riasec_code_id": self.code_id,
            "riasec_code_type": self.profile.code_type.value,
            "is_inconsistent_profile": self.profile.is_inconsistent,
            "responses": self.responses.model_dump_json(),
        }


def store_recommendation_result(
    connection: Connection, new: NewResult, candidates: CandidatesData
) -> None:
    """Answers, result, candidates and the transition: one statement, all or nothing."""
    STORE_RECOMMENDATION_RESULT.first(
        connection,
        **new.values(),
        candidates=candidates.model_dump_json(),
        total_candidates=candidates.metadata.total_candidates,
        strategy=candidates.metadata.expansion_strategy.value,
        limit=MAX_CANDIDATES,
    )


OWNED_RESULT = Rendered(
    lambda: (
        owned_session(
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
)


def find_owned_result(
    connection: Connection, user_id: UUID, session_token: str
) -> tuple[CallerAndSession, ResultRow | None]:
    """Caller, session and its stored result in one statement."""
    row = OWNED_RESULT.first(connection, user_id=user_id, session_token=session_token)
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
