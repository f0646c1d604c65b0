"""A run is replayed from its trace: equal documents are proven, anything else is named."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from app.career_profile.ikigai.dimensions import DIMENSIONS, Dimension
from app.career_profile.ikigai.documents import DimensionAnswer, build_dimension_scores_data
from app.career_profile.ikigai.ranking import DimensionInput, Outcome, score_dimension
from app.career_profile.ikigai.relevance import Judgement, read_judgement
from app.career_profile.ikigai.scorer import WITHHELD, ScoredDimension
from app.career_profile.results.builder import (
    RankedRecommendation,
    build_recommendations,
    build_total_scores,
    rank_remaining,
)
from app.career_profile.results.narrative import RecommendationNarrative
from app.career_profile.results.narrator import WrittenNarrative
from app.career_profile.results.replay import (
    NotReplayableError,
    StoredRun,
    canonical,
    find_differences,
)
from app.career_profile.riasec.documents import CandidatesData
from tests.career_profile.ikigai.scores import FLOOR, GOOD_AT, LOVE, PAID_FOR, WORLD_NEEDS

AT = datetime(2026, 11, 20, 9, 30, 0, 123456, tzinfo=UTC)
IDS = (14, 11, 12, 13)
VANISHED = 15
SELECTED = {LOVE: 11, GOOD_AT: None, WORLD_NEEDS: VANISHED, PAID_FOR: 12}


def judgement(k: float, s: float, b: float) -> Judgement:
    found = read_judgement({"k": k, "s": s, "b": b})
    assert found is not None
    return found


def asked(outcome: Outcome, judgements: dict[int, Judgement], model: str | None) -> ScoredDimension:
    return ScoredDimension(outcome, judgements, model, 1, "ikigai_scoring_v2", "a seed")


# Every way in which a dimension can end: judged with r alone and a missing one, without
# evidence, failed, withheld.
SCORED = {
    LOVE: asked(
        Outcome.JUDGED,
        {
            14: judgement(0.75, 0.41, 1),
            11: judgement(0, 0.5, 0.5),
            12: Judgement(Decimal("0.3333")),
        },
        "sim/model",
    ),
    GOOD_AT: asked(Outcome.JUDGED, {pid: judgement(0.1, 0, 0) for pid in IDS}, "sim/other"),
    WORLD_NEEDS: asked(Outcome.FAILED, {}, None),
    PAID_FOR: WITHHELD,
}


def candidates() -> CandidatesData:
    metadata = {
        "total_candidates": 5,
        "user_riasec_code_id": 1,
        "user_riasec_code": "RIA",
        "user_riasec_classification_type": "triple",
        "user_riasec_scores": dict.fromkeys("RIASEC", 7),
        "is_inconsistent_profile": False,
        "expansion_strategy": "4_tier_expansion",
        "split_path_strategy": False,
        "expansion_summary": {},
        "congruent_code_ids": [1],
        "display_count": 5,
        "generated_at": AT,
    }
    entries = [
        {
            "profession_id": pid,
            "riasec_code_id": 1,
            "expansion_tier": 1,
            "congruence_type": "exact_match",
            "congruence_score": 1.0,
            "display_order": order,
        }
        for order, pid in enumerate((*IDS, VANISHED), start=1)
    ]
    return CandidatesData.model_validate({"candidates": entries, "metadata": metadata})


def stored_run(scored: Mapping[Dimension, ScoredDimension] = SCORED) -> StoredRun:
    """As finalize would have stored it; 13 left the catalogue between the two commits."""
    scores = build_dimension_scores_data(
        {
            name: score_dimension(
                IDS, DimensionInput(found.outcome, found.judgements, SELECTED[name]), FLOOR
            )
            for name, found in scored.items()
        },
        judged=scored,
        vanished=[VANISHED],
        calculated_at=AT,
    )
    names = {14: "Perakit", 11: "Peneliti", 12: "Penulis"}
    ranking = rank_remaining(scores, candidates(), names)
    assert ranking is not None
    ranked = RankedRecommendation(ranking, names, {})
    narrative = RecommendationNarrative(
        dict.fromkeys(DIMENSIONS, "Kamu bercerita."), dict.fromkeys(names, "Alasanmu.")
    )
    recommendations = build_recommendations(
        "RIA", candidates(), ranked, WrittenNarrative(narrative, "model", "sim/model"), AT
    )
    totals = build_total_scores(ranked, recommendations, AT)
    top = tuple(totals.metadata.top_2_professions)
    return StoredRun(
        answers={name: answer(name) for name in DIMENSIONS},
        candidates=candidates(),
        scores=as_jsonb(scores.model_dump_json()),
        totals=as_jsonb(totals.model_dump_json()),
        recommendations=as_jsonb(recommendations.model_dump_json()),
        top_ids=top * 2,
    )


def answer(name: Dimension) -> DimensionAnswer:
    selected = SELECTED[name]
    return DimensionAnswer(
        selected_profession_id=selected,
        selection_type="selected" if selected else "not_selected",
        reasoning_text="Saya suka menata data warung.",
        answered_at=AT,
    )


def as_jsonb(document: str) -> str:
    """With keys in another order and spaces, as PostgreSQL prints them."""
    return json.dumps(_reversed(json.loads(document)), separators=(", ", ": "))


def _reversed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _reversed(value[key]) for key in reversed(value)}
    return [_reversed(item) for item in value] if isinstance(value, list) else value


def changed(document: str, change: Callable[[Any], None]) -> str:
    found = json.loads(document)
    change(found)
    return json.dumps(found)


class TestReplay:
    def test_an_untouched_run_is_equal(self) -> None:
        assert find_differences(stored_run(), FLOOR) == []

    def test_a_text_that_left_nothing_to_judge(self) -> None:
        """No model was asked, every sub-score is 0: judged by rule, not withheld."""
        nothing = dict.fromkeys(IDS, judgement(0, 0, 0))
        by_rule = ScoredDimension(Outcome.JUDGED, nothing, None, 0)
        run = stored_run({**SCORED, GOOD_AT: by_rule})
        assert json.loads(run.scores)["metadata"]["low_evidence"] == [GOOD_AT, PAID_FOR]
        assert find_differences(run, FLOOR) == []

    def test_another_evidence_floor_is_noticed(self) -> None:
        paths = find_differences(stored_run(), Decimal(0))
        assert "ikigai_dimension_scores.scores_data.metadata.low_evidence" in paths

    def test_a_row_from_before_the_trace(self) -> None:
        run = stored_run()
        without = changed(run.scores, lambda found: found.pop("trace"))
        with pytest.raises(NotReplayableError):
            find_differences(replace(run, scores=without), FLOOR)

    def test_another_answer_than_the_scored_one(self) -> None:
        run = stored_run()
        answers = {**run.answers, LOVE: run.answers[GOOD_AT]}
        paths = find_differences(replace(run, answers=answers), FLOOR)
        place = "ikigai_dimension_scores.scores_data.dimension_scores.what_you_love"
        assert [path for path in paths if path.endswith("click_score")] == []  # 10 x 0 either way
        answers = {**run.answers, LOVE: run.answers[PAID_FOR]}
        paths = find_differences(replace(run, answers=answers), FLOOR)
        assert f"{place}[2].click_score" in paths

    def test_a_profession_that_would_not_have_won(self) -> None:
        run = stored_run()
        first, second, *_ = run.top_ids
        assert find_differences(replace(run, top_ids=(second, first, first, second)), FLOOR) == [
            "top_profession_ids[0]",
            "top_profession_ids[1]",
        ]


def _set(*path: Any, to: Any) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        for part in path[:-1]:
            document = document[part]
        document[path[-1]] = to

    return change


SCORES, TOTALS, RECOMMENDATIONS = "scores", "totals", "recommendations"
NAMES = {
    SCORES: "ikigai_dimension_scores.scores_data",
    TOTALS: "ikigai_total_scores.scores_data",
    RECOMMENDATIONS: "career_recommendations.recommendations_data",
}


class TestTampering:
    @pytest.mark.parametrize(
        ("document", "change", "path"),
        [
            (
                SCORES,
                _set("dimension_scores", "what_you_love", 0, "r_raw", to=0.7231),
                "dimension_scores.what_you_love[0].r_raw",
            ),
            (
                SCORES,
                _set("trace", "what_you_love", "candidates", 0, "k", to=0.8),
                "dimension_scores.what_you_love[0].r_raw",
            ),
            (
                SCORES,
                _set("normalization_params", "what_you_love", "professions_evaluated", to=4),
                "normalization_params.what_you_love.professions_evaluated",
            ),
            (SCORES, _set("metadata", "fallback_used", to=False), "metadata.fallback_used"),
            (SCORES, _set("metadata", "vanished", to=[]), "metadata.vanished"),
            (SCORES, _set("surplus", to=1), "surplus"),
            (SCORES, _set("metadata", "calculated_at", to="gestern"), "metadata.calculated_at"),
            (
                TOTALS,
                _set("profession_scores", 0, "total_score", to=99.5),
                "profession_scores[0].total_score",
            ),
            (TOTALS, _set("profession_scores", 1, "rank", to=1), "profession_scores[1].rank"),
            (
                TOTALS,
                _set("top_professions", 0, "match_percentage", to=100),
                "top_professions[0].match_percentage",
            ),
            (
                TOTALS,
                _set("metadata", "tie_breaking_applied", to=True),
                "metadata.tie_breaking_applied",
            ),
            (TOTALS, _set("love_narrative", to="Kamu hebat."), "love_narrative"),
            (
                RECOMMENDATIONS,
                _set("recommended_professions", 0, "match_percentage", to=99.5),
                "recommended_professions[0].match_percentage",
            ),
            (
                RECOMMENDATIONS,
                _set("generation_context", "total_candidates_evaluated", to=5),
                "generation_context.total_candidates_evaluated",
            ),
        ],
    )
    def test_is_named(self, document: str, change: Callable[[Any], None], path: str) -> None:
        run = stored_run()
        touched = changed(getattr(run, document), change)
        texts: dict[str, Any] = {document: touched}
        paths = find_differences(replace(run, **texts), FLOOR)
        assert f"{NAMES[document]}.{path}" in paths


class TestCanonicalForm:
    def test_neither_order_nor_spelling_of_a_number_matters(self) -> None:
        one = {"b": [Decimal("15.0"), None], "a": Decimal("0.00001")}
        other = {"a": Decimal("1e-5"), "b": [Decimal("15"), None]}
        assert canonical(one) == canonical(other)

    def test_the_last_digit_and_the_type_do(self) -> None:
        assert canonical(Decimal("0.3")) != canonical(Decimal("0.30000000000000001"))
        assert canonical(Decimal(1)) != canonical(True)
        assert canonical(Decimal(1)) != canonical("1")
