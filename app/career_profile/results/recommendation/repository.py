"""What a finished run recommends, and why, in one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Connection,
    Text,
    and_,
    any_,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from app.career_profile.ikigai.certainty import PLACES_THAT_MATTER
from app.career_profile.ikigai.dimensions import DIMENSIONS
from app.career_profile.ikigai.models import (
    IkigaiDimensionScores,
    IkigaiResponses,
    IkigaiTotalScores,
)
from app.career_profile.ikigai.repository import ANSWER_COLUMNS, Answers, answers_of
from app.career_profile.results.models import CareerRecommendation
from app.career_profile.results.recommendation.document import StoredRecommendation
from app.career_profile.riasec.models import CandidateProfessions, RiasecCode, RiasecResult
from app.career_profile.sessions.models import TestSession
from app.career_profile.sessions.repository import CallerAndSession, owned_session, session_of
from app.core.rendered import Rendered
from app.professions.context import ScoringContext
from app.professions.models import Profession
from app.professions.repository import scoring_contexts
from app.users.repository import caller_of


@dataclass(frozen=True, slots=True)
class RecommendationRow:
    """A run's code with what its documents tell."""

    riasec_code: str
    riasec_title: str
    told: StoredRecommendation


def _path(path: str) -> Any:
    return literal_column(f"'{path}'::jsonpath")


def _object(**values: Any) -> Any:
    pairs: Any = ((literal_column(f"'{name}'"), value) for name, value in values.items())
    return func.json_build_object(*chain.from_iterable(pairs))


def _candidate_names() -> Any:
    """Of each candidate that still exists, in display order."""
    stored = CandidateProfessions.candidates_data
    path = _path("$.candidates[*].profession_id")
    ids = func.array(
        select(cast(func.jsonb_path_query(stored, path), BigInteger))
        .correlate(CandidateProfessions)
        .scalar_subquery()
    )
    candidate = _object(profession_id=Profession.id, name=Profession.name)
    ordered = aggregate_order_by(candidate, func.array_position(ids, Profession.id))
    return (
        select(func.coalesce(func.json_agg(ordered), literal_column("'[]'")))
        .where(Profession.id == any_(ids))
        .correlate(CandidateProfessions)
        .scalar_subquery()
    )


def _of_the_recommended(document: Any, candidates: str) -> Any:
    """The entries of a list of candidates that are about the recommended professions."""
    recommended = func.jsonb_path_query_array(
        CareerRecommendation.recommendations_data,
        _path("$.recommended_professions[*].profession_id"),
    )
    return func.jsonb_path_query_array(
        document,
        _path(f"{candidates} ? (@.profession_id == $recommended[*])"),
        func.jsonb_build_object(literal_column("'recommended'"), recommended),
    )


def _told() -> Any:
    """A StoredRecommendation as text; NULL where a part of the run is missing."""
    candidates, scores = CandidateProfessions.candidates_data, IkigaiDimensionScores.scores_data
    places = IkigaiTotalScores.scores_data["profession_scores"]
    recommendations = CareerRecommendation.recommendations_data
    told = _object(
        total_candidates=candidates[("metadata", "total_candidates")],
        names=_candidate_names(),
        candidates=_of_the_recommended(candidates, "$.candidates[*]"),
        scoring=_object(
            normalization_params=scores["normalization_params"], metadata=scores["metadata"]
        ),
        traced=_object(
            **{
                name: _of_the_recommended(scores, f"$.trace.{name}.candidates[*]")
                for name in DIMENSIONS
            }
        ),
        first_places=func.jsonb_path_query_array(
            places, _path(f"$[0 to {PLACES_THAT_MATTER - 1}]")
        ),
        recommendations=recommendations,
        phrases=CareerRecommendation.supporting_phrases,
    )
    parts = (candidates, scores, places, recommendations, RiasecCode.riasec_code)
    is_whole = and_(*(part.is_not(None) for part in parts))
    return case((is_whole, cast(told, Text))).label("told")


def _statement() -> Any:
    statement = owned_session(RiasecCode.riasec_code, RiasecCode.riasec_title, _told())
    for table in (
        CandidateProfessions,
        IkigaiDimensionScores,
        IkigaiTotalScores,
        CareerRecommendation,
        RiasecResult,
    ):
        statement = statement.outerjoin(table, table.test_session_id == TestSession.id)
    return statement.outerjoin(RiasecCode, RiasecCode.id == RiasecResult.riasec_code_id)


# Only what the answer tells: the documents are some 30 kB long. It comes as one text, which the
# model reads without a step between.
OWNED_RECOMMENDATION = Rendered(_statement)


def find_owned_recommendation(
    connection: Connection, user_id: UUID, session_token: str
) -> tuple[CallerAndSession, RecommendationRow | None]:
    """Caller, session and its recommendation; None when Go deleted a part of it."""
    row = OWNED_RECOMMENDATION.first(connection, user_id=user_id, session_token=session_token)
    found = CallerAndSession(caller_of(row), session_of(row))
    if row is None or row.told is None:
        return found, None
    told = StoredRecommendation.model_validate_json(row.told)
    return found, RecommendationRow(row.riasec_code, row.riasec_title or row.riasec_code, told)


ANSWERS = Rendered(
    lambda: select(*ANSWER_COLUMNS.values()).where(
        IkigaiResponses.test_session_id == bindparam("session_id", type_=BigInteger)
    )
)


def find_words_and_works(
    connection: Connection, session_id: int, professions: Sequence[int]
) -> tuple[Answers, list[ScoringContext]]:
    """A session's answers, and the professions that still exist as they are now, in their order."""
    row = ANSWERS.first(connection, session_id=session_id)
    works = scoring_contexts(connection, professions)
    answers = {} if row is None else answers_of(row)
    return answers, [works[item] for item in professions if item in works]
