"""That every stored and answered number is the one computed by hand; forms give the numbers."""

from dataclasses import dataclass
from typing import Any

from tests.journey.exact import assert_answered, assert_same
from tests.journey.shapes import SUMMARIES, Document
from tests.journey.stage import Journey, Scenario
from tests.support.player import DIMENSIONS

TYPE_NAMES = {
    "R": "Realistic",
    "I": "Investigative",
    "A": "Artistic",
    "S": "Social",
    "E": "Enterprising",
    "C": "Conventional",
}


@dataclass(frozen=True, slots=True)
class Expected:
    """What a scenario must lead to, computed by hand. `top`: the two recommended ids.

    Documents are those of 5-data.md and 6-api.md, complete, without what the session's token and
    the reference data bring.
    """

    code: str
    riasec_results: Document
    candidates_data: Document
    dimension_scores_data: Document
    api_calls: int
    model_column: str
    total_scores_data: Document
    completion: Document
    recommendations_data: Document
    top: tuple[int, int]
    explanations: list[Document]
    certainty: str


class NumbersContract:
    """The module that inherits this has a `journey` fixture; the class names the rest."""

    scenario: Scenario
    expected: Expected

    def test_riasec_result(self, journey: Journey) -> None:
        row = journey.row("riasec_results")
        assert {name: row[name] for name in self.expected.riasec_results} == (
            self.expected.riasec_results
        )

    def test_candidates(self, journey: Journey) -> None:
        row = journey.row("ikigai_candidate_professions")
        assert_same(self.expected.candidates_data, row["candidates_data"])
        assert row["total_candidates"] == self._metadata["total_candidates"]
        assert row["generation_strategy"] == self._metadata["expansion_strategy"]
        assert row["max_candidates_limit"] == 30

    def test_riasec_response(self, journey: Journey) -> None:
        expected = {
            "session_token": journey.token,
            "test_goal": "RECOMMENDATION",
            "status": "riasec_completed",
            "scores": self._metadata["user_riasec_scores"],
            "classification_type": self._metadata["user_riasec_classification_type"],
            "is_inconsistent_profile": self._metadata["is_inconsistent_profile"],
            "riasec_code_info": journey.code_rows[self.expected.code],
            "candidates": self.expected.candidates_data["candidates"],
            "total_candidates": self._metadata["total_candidates"],
            "display_candidates_count": 5,
            "validity_warning": None,
            "next_step": "ikigai",
        }
        assert_answered(expected, journey.bodies["submit"])

    def test_dimension_scores(self, journey: Journey) -> None:
        row = journey.row("ikigai_dimension_scores")
        assert_same(self.expected.dimension_scores_data, row["scores_data"])
        assert row["ai_model_used"] == self.expected.model_column
        assert row["total_api_calls"] == self.expected.api_calls
        assert journey.calls["ikigai_scoring"] == self.expected.api_calls

    def test_trace_names_an_order_of_its_own_for_each_dimension(self, journey: Journey) -> None:
        trace = journey.row("ikigai_dimension_scores")["scores_data"]["trace"]
        seeds = [trace[name]["shuffle_seed"] for name in DIMENSIONS]
        assert len(set(seeds)) == 4
        assert all(journey.token in seed for seed in seeds)

    def test_total_scores(self, journey: Journey) -> None:
        row = journey.row("ikigai_total_scores")
        assert_same(self.expected.total_scores_data, row["scores_data"])
        assert (row["top_profession_1_id"], row["top_profession_2_id"]) == self.expected.top

    def test_completion_response(self, journey: Journey) -> None:
        expected = {"session_token": journey.token, **self.expected.completion}
        assert_answered(expected, journey.bodies["completed"])

    def test_recommendations(self, journey: Journey) -> None:
        row = journey.row("career_recommendations")
        assert_same(self.expected.recommendations_data, row["recommendations_data"])
        assert (row["top_profession1_id"], row["top_profession2_id"]) == self.expected.top
        assert row["ai_model_used"] == self.expected.model_column
        assert journey.calls["recommendation_narrative"] == 1

    def test_recommendation_response(self, journey: Journey) -> None:
        names = {item.profession_id: item.name for item in self.scenario.catalogue}
        order = [item["profession_id"] for item in self.expected.candidates_data["candidates"]]
        expected = {
            "session_token": journey.token,
            "user_first_name": "Rani",
            "test_completed_at": journey.progress["completed"]["completed_at"],
            "riasec_summary": {
                "riasec_code": self.expected.code,
                "riasec_title": journey.code_rows[self.expected.code]["riasec_title"],
                "top_types": [TYPE_NAMES[letter] for letter in self.expected.code],
                "total_candidates_found": len(order),
            },
            "candidate_profession_names": [
                {"profession_id": pid, "name": names[pid]} for pid in order
            ],
            "ikigai_profile_summary": SUMMARIES,
            "recommended_professions": [
                {**stored, "explanation": explanation}
                for stored, explanation in zip(
                    self.expected.recommendations_data["recommended_professions"],
                    self.expected.explanations,
                    strict=True,
                )
            ],
            "points_awarded": None,
            "quality": journey.bodies["completed"]["quality"],
            "certainty": self.expected.certainty,
        }
        assert_answered(expected, journey.bodies["recommendation"])

    @property
    def _metadata(self) -> dict[str, Any]:
        found: dict[str, Any] = self.expected.candidates_data["metadata"]
        return found
