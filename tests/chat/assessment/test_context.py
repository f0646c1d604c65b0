"""What an assessment becomes in a conversation's context."""

import json

import pytest

from app.career_profile.riasec.instrument import FORMS, FormName
from app.chat.assessment.about import read_about
from app.chat.assessment.context import build_context, rescaled, summary_line
from tests.chat.assessment.results import assessment, catalogue, checked, recommended

KEYS = {
    "riasec",
    "ocean",
    "viaIs",
    "personaProfile",
    "assessmentDate",
    "assessment_id",
    "ikigai",
}


class TestContext:
    def test_recommendation_has_the_keys_of_the_contract(self) -> None:
        found = build_context(recommended("IRA", FormName.FULL, ["Data Analyst", "Arsiparis"]))
        assert set(found) == KEYS
        assert found["riasec"] == {"I": 100, "R": 98, "A": 96, "S": 94, "E": 92, "C": 90}
        assert list(found["riasec"]) == list("RIASEC")
        assert (found["ocean"], found["viaIs"]) == (None, None)
        assert found["assessmentDate"] == "2026-11-20T08:00:00Z"
        assert set(found["personaProfile"]) == {"summary", "details"}
        assert found["personaProfile"]["summary"].startswith(
            "IRA (Investigative–Realistic–Artistic). "
        )
        assert set(found["ikigai"]) == {"summary", "top_professions"}
        assert [item["name"] for item in found["ikigai"]["top_professions"]] == [
            "Data Analyst",
            "Arsiparis",
        ]

    def test_fit_check_adds_its_verdict(self) -> None:
        target = next(entry for entry in catalogue() if entry.code == "I")
        found = build_context(checked("I", FormName.SHORT, target))
        assert set(found) == {*KEYS, "fitCheck"}
        assert found["ikigai"] is None
        assert found["fitCheck"]["profession"] == target.name
        assert (found["fitCheck"]["category"], found["fitCheck"]["label"]) == (
            "HIGH",
            "Kecocokan Tinggi",
        )

    def test_holds_nothing_else_of_the_person(self) -> None:
        text = json.dumps(build_context(recommended("IRA", FormName.FULL, ["Data Analyst"])))
        assert len(text) < 16 * 1024
        assert "Sari" not in text

    def test_strengths_and_strategies_are_found_again(self) -> None:
        about = read_about(build_context(assessment("IR")))
        assert len(about.strengths) == len(about.strategies) == 4
        assert all(sentence.endswith((".", "?", "!")) for sentence in about.strengths)


class TestRescaled:
    @pytest.mark.parametrize(
        ("form", "raw", "expected"),
        [
            (FormName.SHORT, 2, 0),
            (FormName.SHORT, 10, 100),
            (FormName.SHORT, 3, 13),  # 12.5, half up
            (FormName.FULL, 12, 0),
            (FormName.FULL, 60, 100),
            (FormName.FULL, 36, 50),
            (FormName.FULL, 13, 2),  # 2.083
        ],
    )
    def test_by_the_range_of_the_form(self, form: FormName, raw: int, expected: int) -> None:
        limits = FORMS[form]
        assert rescaled(raw, limits.letter_min, limits.letter_max) == expected


class TestSummaryLine:
    def test_as_the_contract_writes_it(self) -> None:
        scores = {"R": 85, "I": 92, "A": 78, "S": 10, "E": 5, "C": 0}
        context = {"riasec": scores, "personaProfile": {"summary": "s", "details": "d"}}
        assert summary_line(context) == "RIASEC (I: 92, R: 85, A: 78), Career Profile: Available"

    def test_with_big_five(self) -> None:
        ocean = {"O": 88, "C": 75, "E": 82, "A": 20, "N": 10}
        assert summary_line({"ocean": ocean}) == "Big Five (O: 88, E: 82, C: 75)"

    def test_equal_scores_in_the_instrument_s_order(self) -> None:
        scores = dict.fromkeys("CESAIR", 50)
        assert summary_line({"riasec": scores}) == "RIASEC (R: 50, I: 50, A: 50)"

    @pytest.mark.parametrize("none_of_ours", [10**400, -1, 101, True, "92"])
    def test_a_number_of_the_app_s_own_is_no_score(self, none_of_ours: object) -> None:
        scores = {"I": 92, "R": none_of_ours, "A": 78}
        assert summary_line({"riasec": scores}) == "RIASEC (I: 92, A: 78)"

    @pytest.mark.parametrize("context", [{}, {"riasec": None, "ocean": None}, {"riasec": "IRA"}])
    def test_nothing_known(self, context: dict[str, object]) -> None:
        assert summary_line(context) == ""
