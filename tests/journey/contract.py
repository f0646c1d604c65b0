"""What every journey must show, whatever its numbers are; each form's test module inherits it."""

from itertools import pairwise

import pytest

from tests.journey.exact import TEXT, TIME, assert_answered, assert_same
from tests.journey.shapes import by_dimension
from tests.journey.stage import TEXTS, Journey, Scenario
from tests.journey.stored import HISTORY, SESSION
from tests.support.model_answers import NARRATIVE
from tests.support.player import DIMENSIONS, letter_of

STAGES = ("started", "riasec", "ikigai", "answer 1", "answer 2", "answer 3", "completed")
STATUS = {
    "started": "riasec_ongoing",
    "riasec": "riasec_completed",
    "ikigai": "ikigai_ongoing",
    "answer 1": "ikigai_ongoing",
    "answer 2": "ikigai_ongoing",
    "answer 3": "ikigai_ongoing",
    "completed": "completed",
}
ANSWERED = {"started": 0, "riasec": 0, "ikigai": 0} | {
    "answer 1": 1,
    "answer 2": 2,
    "answer 3": 3,
    "completed": 4,
}
RIASEC_TABLES = {"riasec_responses", "riasec_results", "ikigai_candidate_professions"}
FINAL_TABLES = {"ikigai_dimension_scores", "ikigai_total_scores", "career_recommendations"}
ANSWER_COLUMNS = (
    "dimension_1_love",
    "dimension_2_good_at",
    "dimension_3_world_needs",
    "dimension_4_paid_for",
)
every_stage = pytest.mark.parametrize("stage", STAGES)


class JourneyContract:
    """The module that inherits this has a `journey` fixture; the class names its `scenario`."""

    scenario: Scenario

    @every_stage
    def test_tables_that_have_a_row(self, journey: Journey, stage: str) -> None:
        expected = {SESSION, HISTORY, "riasec_question_sets"}
        at = STAGES.index(stage)
        expected |= RIASEC_TABLES if at >= STAGES.index("riasec") else set()
        expected |= {"ikigai_responses"} if at >= STAGES.index("ikigai") else set()
        expected |= FINAL_TABLES if stage == "completed" else set()
        assert journey.rows[stage].keys() == expected

    @every_stage
    def test_session_row(self, journey: Journey, stage: str) -> None:
        row = dict(journey.row(SESSION, stage))
        times = {
            name: row.pop(name)
            for name in ("started_at", "riasec_completed_at", "ikigai_completed_at", "completed_at")
        }
        assert isinstance(row.pop("id"), int)
        assert row == {
            "user_id": str(journey.user_id),
            "session_token": journey.token,
            "persona_type": "PATHFINDER",
            "test_goal": "RECOMMENDATION",
            "target_profession_id": None,
            "uses_ikigai": True,
            "status": STATUS[stage],
            "algorithm_version": "1.0",
            "question_set_version": f"{self.scenario.form}-1.0",
        }
        done = stage == "completed"
        assert {name for name, value in times.items() if value is not None} == {
            "started_at",
            *(["riasec_completed_at"] if stage != "started" else []),
            *(["ikigai_completed_at", "completed_at"] if done else []),
        }

    @every_stage
    def test_history_row(self, journey: Journey, stage: str) -> None:
        row = journey.row(HISTORY, stage)
        assert row["user_id"] == str(journey.user_id)
        assert row["detail_session_id"] == journey.row(SESSION)["id"]
        assert row["category_code"] == "CAREER_PROFILE"
        assert row["started_at"] is not None
        done = stage == "completed"
        assert row["status"] == ("completed" if done else "ongoing")
        assert (row["completed_at"] is not None) == done

    @every_stage
    def test_progress(self, journey: Journey, stage: str) -> None:
        steps = {"started": "riasec_submit", "riasec": "ikigai_start", "completed": "result"}
        done = list(DIMENSIONS[: ANSWERED[stage]])
        assert_answered(
            {
                "session_token": journey.token,
                "test_goal": "RECOMMENDATION",
                "status": STATUS[stage],
                "next_step": steps.get(stage, "ikigai_dimension"),
                "dimensions_completed": done,
                "dimensions_remaining": [name for name in DIMENSIONS if name not in done],
                "started_at": TIME,
                "completed_at": TIME if stage == "completed" else None,
            },
            journey.progress[stage],
        )

    @pytest.mark.parametrize("stage", STAGES[2:])
    def test_answer_row(self, journey: Journey, stage: str) -> None:
        row = journey.row("ikigai_responses", stage)
        given = ANSWERED[stage]
        for number, (column, name) in enumerate(zip(ANSWER_COLUMNS, DIMENSIONS, strict=True)):
            selected = self.scenario.selected[name]
            expected = {
                "selected_profession_id": selected,
                "selection_type": "not_selected" if selected is None else "selected",
                "reasoning_text": TEXTS[name],
                "answered_at": TIME,
            }
            assert_same(expected if number < given else None, row[column])
        assert row["completed"] is (given == 4)
        assert (row["completed_at"] is not None) == (given == 4)

    def test_stages_follow_each_other_in_time(self, journey: Journey) -> None:
        session = journey.row(SESSION)
        moments = [
            session["started_at"],
            session["riasec_completed_at"],
            journey.row("ikigai_responses")["created_at"],
            journey.row("ikigai_responses")["completed_at"],
            journey.row("ikigai_dimension_scores")["calculated_at"],
            journey.row("ikigai_total_scores")["calculated_at"],
            session["ikigai_completed_at"],
        ]
        assert moments == sorted(moments)
        assert session["completed_at"] >= session["ikigai_completed_at"]

    @pytest.mark.parametrize("table", sorted(RIASEC_TABLES | {"riasec_question_sets"}))
    def test_riasec_rows_never_change(self, journey: Journey, table: str) -> None:
        assert journey.row(table) == journey.row(table, "riasec")

    def test_question_set(self, journey: Journey) -> None:
        ids = journey.row("riasec_question_sets")["question_ids"]
        total = 6 * len(self.scenario.sheet["R"])
        assert_same([item["question_id"] for item in journey.sheet], ids)
        assert_answered(
            {
                "session_token": journey.token,
                "test_goal": "RECOMMENDATION",
                "status": "riasec_ongoing",
                "form": self.scenario.form,
                "question_ids": ids,
                "total_questions": total,
                "resumed": False,
                "message": TEXT,
            },
            journey.bodies["start"],
        )
        questions = journey.bodies["questions"]
        assert questions["form"] == self.scenario.form
        assert [item["question_id"] for item in questions["questions"]] == ids
        assert len(set(ids)) == total
        letters = [letter_of(question_id) for question_id in ids]
        assert all(one != other for one, other in pairwise(letters))

    def test_stored_answer_sheet(self, journey: Journey) -> None:
        assert_same(
            {
                "responses": [
                    {
                        "question_id": item["question_id"],
                        "question_type": letter_of(item["question_id"]),
                        "answer_value": item["answer_value"],
                        "answered_at": self.scenario.answered_at or TIME,
                    }
                    for item in journey.sheet
                ],
                "total_questions": 6 * len(self.scenario.sheet["R"]),
                "completed": True,
                "submitted_at": TIME,
            },
            journey.row("riasec_responses")["responses_data"],
        )

    def test_riasec_result_repeats_the_submission(self, journey: Journey) -> None:
        assert_same(journey.bodies["submit"], journey.bodies["riasec result"])

    def test_content(self, journey: Journey) -> None:
        shown = journey.row("ikigai_candidate_professions")["candidates_data"]["candidates"][:5]
        names = {item.profession_id: item.name for item in self.scenario.catalogue}
        expected = {
            "session_token": journey.token,
            "status": "ikigai_ongoing",
            "generated_at": TIME,
            "from_cache": False,
            "regenerated": True,
            "total_display_candidates": 5,
            "message": TEXT,
            "candidates_with_content": [
                {
                    "profession_id": item["profession_id"],
                    "profession_name": names[item["profession_id"]],
                    "display_order": item["display_order"],
                    "congruence_score": item["congruence_score"],
                    "dimension_content": by_dimension(*[NARRATIVE] * 4),
                    "content_source": "model",
                }
                for item in shown
            ],
        }
        first, second = journey.bodies["ikigai start"], journey.bodies["content"]
        assert_answered(expected, first)
        assert_same({**first, "from_cache": True, "regenerated": False}, second)
        assert journey.calls["ikigai_content"] == 1

    @pytest.mark.parametrize("given", [1, 2, 3])
    def test_progress_after_an_answer(self, journey: Journey, given: int) -> None:
        expected = {
            "session_token": journey.token,
            "status": "ikigai_ongoing",
            "dimension_saved": DIMENSIONS[given - 1],
            "dimensions_completed": list(DIMENSIONS[:given]),
            "dimensions_remaining": list(DIMENSIONS[given:]),
            "all_completed": False,
            "next_step": "ikigai_dimension",
            "message": TEXT,
            "support": None,
        }
        assert_answered(expected, journey.bodies[f"answer {given}"])

    def test_result_repeats_the_completion(self, journey: Journey) -> None:
        assert_same(journey.bodies["completed"], journey.bodies["ikigai result"])
        stored = journey.row("ikigai_total_scores")["scores_data"]["metadata"]
        assert journey.bodies["completed"]["calculated_at"] == stored["calculated_at"]

    def test_dimensions(self, journey: Journey) -> None:
        found = journey.bodies["dimensions"]["dimensions"]
        for name, item in zip(DIMENSIONS, found, strict=True):
            assert_answered(
                {
                    "key": name,
                    "label": TEXT,
                    "question": TEXT,
                    "helper_text": TEXT,
                    "min_characters": 10,
                    "max_characters": 2000,
                },
                item,
            )
