"""What a finished run recommends, and why, in one statement."""

from collections.abc import Sequence
from itertools import chain
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Connection,
    Text,
    any_,
    bindparam,
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

PARTS: tuple[Any, ...] = (
    CandidateProfessions,
    IkigaiDimensionScores,
    IkigaiTotalScores,
    CareerRecommendation,
    RiasecResult,
)


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
    """A StoredRecommendation as text; NULL where a part of the run is missing.

    A subquery of its own: with every table joined to the session from outside PostgreSQL would
    weigh their order for longer than it takes to answer.
    """
    candidates, scores = CandidateProfessions.candidates_data, IkigaiDimensionScores.scores_data
    places = IkigaiTotalScores.scores_data["profession_scores"]
    told = _object(
        riasec_code=RiasecCode.riasec_code,
        riasec_title=func.coalesce(RiasecCode.riasec_title, RiasecCode.riasec_code),
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
        recommendations=CareerRecommendation.recommendations_data,
        phrases=CareerRecommendation.supporting_phrases,
    )
    return (
        select(cast(told, Text))
        .where(
            *(part.test_session_id == TestSession.id for part in PARTS),
            RiasecCode.id == RiasecResult.riasec_code_id,
            places.is_not(None),
        )
        .correlate(TestSession)
        .scalar_subquery()
    )


# Only what the answer tells: the documents are some 30 kB long. It comes as one text, which the
# model reads without a step between.
OWNED_RECOMMENDATION = Rendered(lambda: owned_session(_told().label("told")))


def find_owned_recommendation(
    connection: Connection, user_id: UUID, session_token: str
) -> tuple[CallerAndSession, StoredRecommendation | None]:
    """Caller, session and its recommendation; None when Go deleted a part of it."""
    row = OWNED_RECOMMENDATION.first(connection, user_id=user_id, session_token=session_token)
    found = CallerAndSession(caller_of(row), session_of(row))
    if row is None or row.told is None:
        return found, None
    return found, StoredRecommendation.model_validate_json(row.told)


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
