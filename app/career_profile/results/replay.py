"""Replays a finished run from its trace: the rules once more, against what was stored.

Judgements, answers, candidates, texts, names and times are taken from the rows; every number,
rank and label that the rules make of them is computed anew.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from app.career_profile.ikigai.dimensions import DIMENSIONS, Dimension
from app.career_profile.ikigai.documents import (
    DimensionAnswer,
    DimensionScoresData,
    TotalScoresData,
    build_dimension_scores_data,
)
from app.career_profile.ikigai.ranking import (
    DimensionInput,
    Outcome,
    RankedProfession,
    Ranking,
    score_dimension,
)
from app.career_profile.ikigai.relevance import Judgement, relevance
from app.career_profile.ikigai.trace import DimensionTrace, Trace
from app.career_profile.results.builder import (
    RankedRecommendation,
    build_recommended,
    build_total_scores,
    rank_remaining,
)
from app.career_profile.results.documents import RecommendationsData, RecommendedProfession
from app.career_profile.riasec.documents import CandidatesData

T = TypeVar("T", bound=BaseModel)
SCORES = "ikigai_dimension_scores.scores_data"
TOTALS = "ikigai_total_scores.scores_data"
RECOMMENDATIONS = "career_recommendations.recommendations_data"
TOP_IDS = "top_profession_ids"


class NotReplayableError(Exception):
    """The run was scored before traces were kept."""


@dataclass(frozen=True, slots=True)
class StoredRun:
    """The rows of a completed run; documents as PostgreSQL prints them.

    `top_ids` are the four columns of the two result tables that name the first two.
    """

    answers: Mapping[Dimension, DimensionAnswer]
    candidates: CandidatesData
    scores: str
    totals: str
    recommendations: str
    top_ids: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class _Replayed:
    """A dimension as its trace tells it."""

    outcome: Outcome
    judgements: Mapping[int, Judgement]
    model: str | None
    prompt_version: str | None
    shuffle_seed: str | None


def find_differences(run: StoredRun, evidence_floor: Decimal) -> list[str]:
    """Paths at which a stored document is not what the rules make of the trace; empty: equal.

    Documents are compared in canonical form: keys sorted, numbers exact. Raises
    NotReplayableError when the row has no trace.
    """
    try:
        stored = _read(DimensionScoresData, SCORES, run.scores)
        totals = _read(TotalScoresData, TOTALS, run.totals)
        told = _read(RecommendationsData, RECOMMENDATIONS, run.recommendations)
    except _UnreadableError as unreadable:
        return unreadable.paths
    if stored.trace is None:
        raise NotReplayableError
    scores = _rescore(run, stored, stored.trace, evidence_floor)
    names = {item.profession_id: item.profession_name for item in totals.profession_scores}
    ranking = rank_remaining(scores, run.candidates, names)
    if ranking is None:
        return [f"{TOTALS}.profession_scores"]
    recommendations = _recommend_again(run, told, ranking, names, scores)
    ranked = RankedRecommendation(ranking, names, {})
    again = build_total_scores(ranked, recommendations, scores.metadata.calculated_at)
    top_ids = again.metadata.top_2_professions * 2
    return [
        *_compare(SCORES, scores.model_dump_json(), run.scores),
        *_compare(TOTALS, again.model_dump_json(), run.totals),
        *_compare(RECOMMENDATIONS, recommendations.model_dump_json(), run.recommendations),
        *_compare(TOP_IDS, json.dumps(top_ids), json.dumps(run.top_ids)),
    ]


class _UnreadableError(Exception):
    def __init__(self, paths: list[str]) -> None:
        self.paths = paths


def _read(model: type[T], name: str, document: str) -> T:
    """A document that lost its shape differs where it did."""
    try:
        return model.model_validate_json(document)
    except ValidationError as error:
        places = [item["loc"] for item in error.errors(include_input=False, include_url=False)]
        raise _UnreadableError([name + "".join(map(_step, place)) for place in places]) from None


def _rescore(
    run: StoredRun, stored: DimensionScoresData, trace: Trace, evidence_floor: Decimal
) -> DimensionScoresData:
    """Who was scored stands in the trace; whoever is not there had vanished."""
    traced = {item.profession_id for item in trace[DIMENSIONS[0]].candidates}
    present = [pid for pid in run.candidates.profession_ids if pid in traced]
    judged = {name: _replayed(name, trace[name], stored) for name in DIMENSIONS}
    return build_dimension_scores_data(
        {
            name: score_dimension(
                present,
                DimensionInput(
                    judged[name].outcome,
                    judged[name].judgements,
                    run.answers[name].selected_profession_id,
                ),
                evidence_floor,
            )
            for name in DIMENSIONS
        },
        judged=judged,
        vanished=[pid for pid in run.candidates.profession_ids if pid not in traced],
        calculated_at=stored.metadata.calculated_at,
    )


def _replayed(name: Dimension, trace: DimensionTrace, stored: DimensionScoresData) -> _Replayed:
    """Where r came alone it is the stored one."""
    outcome = _outcome_of(trace)
    imputed = stored.metadata.imputed.get(name, [])
    alone = {item.profession_id: item.r_raw for item in stored.dimension_scores[name]}
    judgements = {}
    for item in trace.candidates if outcome is Outcome.JUDGED else ():
        if item.k is not None and item.s is not None and item.b is not None:
            r = relevance(item.k, item.s, item.b)
            judgements[item.profession_id] = Judgement(r, item.k, item.s, item.b)
        elif item.profession_id in alone and item.profession_id not in imputed:
            judgements[item.profession_id] = Judgement(alone[item.profession_id])
    return _Replayed(outcome, judgements, trace.model, trace.prompt_version, trace.shuffle_seed)


def _outcome_of(trace: DimensionTrace) -> Outcome:
    """Judged by a model, or by rule (sub-scores without one); else nobody was asked, or failed."""
    if trace.model is not None or any(item.k is not None for item in trace.candidates):
        return Outcome.JUDGED
    return Outcome.WITHHELD if trace.prompt_version is None else Outcome.FAILED


def _recommend_again(
    run: StoredRun,
    told: RecommendationsData,
    ranking: Ranking,
    names: Mapping[int, str],
    scores: DimensionScoresData,
) -> RecommendationsData:
    """With the stored texts, and the professions' codes of that day."""
    before = {item.profession_id: item for item in told.recommended_professions}
    again = [_recommended(run, item, names, before.get(item.profession_id)) for item in ranking.top]
    context = told.generation_context.model_copy(
        update={
            "user_riasec_code": run.candidates.metadata.user_riasec_code,
            "total_candidates_evaluated": len(ranking.professions),
            "generation_timestamp": scores.metadata.calculated_at,
        }
    )
    return told.model_copy(
        update={
            "recommended_professions": [item for item in again if item is not None],
            "generation_context": context,
        }
    )


def _recommended(
    run: StoredRun,
    item: RankedProfession,
    names: Mapping[int, str],
    before: RecommendedProfession | None,
) -> RecommendedProfession | None:
    """None where another profession was recommended: the place then differs."""
    if before is None:
        return None
    candidates = {entry.profession_id: entry for entry in run.candidates.candidates}
    alignment = before.riasec_alignment.model_copy(
        update={
            "user_code": run.candidates.metadata.user_riasec_code,
            "congruence_type": candidates[item.profession_id].congruence_type,
            "congruence_score": candidates[item.profession_id].congruence_score,
        }
    )
    return build_recommended(item, names[item.profession_id], before.match_reasoning, alignment)


def _compare(name: str, expected: str, found: str) -> list[str]:
    one, other = _parse(expected), _parse(found)
    return [] if canonical(one) == canonical(other) else list(_differing(one, other, name))


def _parse(document: str) -> Any:
    return json.loads(document, parse_float=Decimal, parse_int=Decimal)


def canonical(document: Any) -> bytes:
    """Sorted keys, no space, numbers exact and without trailing zeros."""
    text = json.dumps(
        document,
        sort_keys=True,
        ensure_ascii=False,
        separators=(",", ":"),
        default=lambda number: {"number": f"{number.normalize():f}"},
    )
    return text.encode()


def _differing(one: Any, other: Any, at: str) -> Iterator[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted(one.keys() | other.keys()):
            if key in one and key in other:
                yield from _differing(one[key], other[key], at + _step(key))
            else:
                yield at + _step(key)
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for place, pair in enumerate(zip(one, other, strict=True)):
            yield from _differing(*pair, at + _step(place))
    elif one != other:
        yield at


def _step(part: object) -> str:
    return f"[{part}]" if isinstance(part, int) else f".{part}"
