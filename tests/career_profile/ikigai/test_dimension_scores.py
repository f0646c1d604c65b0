"""The scores of one dimension: every rule alone."""

from decimal import Decimal

import pytest

from app.career_profile.ikigai.ranking import DimensionInput, Outcome, score_dimension
from app.career_profile.ikigai.relevance import Judgement
from tests.career_profile.ikigai.scores import FLOOR, HALF, d, judged, numbers


class TestMinMax:
    @pytest.mark.parametrize(
        ("r", "normalized", "text"),
        [
            ("0.125", "0.0313", "0.4695"),  # 1/32 = 0.03125, half up; half even gives 0.0312
            ("0.175", "0.0938", "1.407"),  # 3/32 = 0.09375
            ("0.225", "0.1563", "2.3445"),  # 5/32 = 0.15625, half up; half even gives 0.1562
            ("0.5", "0.5", "7.5"),
            ("0.7", "0.75", "11.25"),
        ],
    )
    def test_thirtyseconds_of_a_range_of_eight_tenths(
        self, r: str, normalized: str, text: str
    ) -> None:
        found = score_dimension((1, 2, 3), judged({1: "0.1", 2: r, 3: "0.9"}), FLOOR)
        assert numbers(found)[2] == (r, normalized, text, "0", text)

    def test_a_third_is_cut_to_four_places_before_it_is_multiplied(self) -> None:
        found = score_dimension((1, 2, 3), judged({1: "0.2", 2: "0.4", 3: "0.8"}), FLOOR)
        # 0.3333, then 15 · 0.3333 = 4.9995 and not 5
        assert numbers(found)[2] == ("0.4", "0.3333", "4.9995", "0", "4.9995")

    def test_equal_r_is_neutral_for_all(self) -> None:
        found = score_dimension((1, 2), judged({1: "0.8", 2: "0.8"}, selected=2), FLOOR)
        assert numbers(found) == {
            1: ("0.8", "0.5", "7.5", "0", "7.5"),
            2: ("0.8", "0.5", "7.5", "8", "15.5"),
        }
        assert (found.low_evidence, found.failed, found.imputed) == (False, False, ())
        assert (found.r_min, found.r_max, found.evaluated) == (d("0.8"), d("0.8"), 2)

    def test_a_single_candidate_is_neutral(self) -> None:
        found = score_dimension((5,), judged({5: "0.6125"}, selected=5), FLOOR)
        assert numbers(found) == {5: ("0.6125", "0.5", "7.5", "6.125", "13.625")}
        assert (found.r_min, found.r_max, found.evaluated) == (d("0.6125"), d("0.6125"), 1)


class TestClick:
    def test_counts_as_far_as_the_text_supports_it(self) -> None:
        found = score_dimension((1, 2), judged({1: "0.3333", 2: "0.9"}, selected=1), FLOOR)
        # 10 · r, and r is not normalised: 3.333 and not 0
        assert numbers(found)[1] == ("0.3333", "0", "0", "3.333", "3.333")

    def test_nothing_selected(self) -> None:
        found = score_dimension((1, 2), judged({1: "0.3", 2: "0.9"}), FLOOR)
        assert {item.click_score for item in found.scores} == {Decimal(0)}

    def test_on_a_profession_that_is_no_candidate_counts_for_nothing(self) -> None:
        given_input = judged({1: "0.3", 2: "0.9", 60: "1"}, selected=60)
        found = score_dimension((1, 2), given_input, FLOOR)
        assert numbers(found) == {
            1: ("0.3", "0", "0", "0", "0"),
            2: ("0.9", "1", "15", "0", "15"),
        }


class TestMissingCandidates:
    def test_take_no_part_in_minimum_and_maximum(self) -> None:
        found = score_dimension((1, 2, 3), judged({2: "0.6", 3: "0.8"}, selected=1), FLOOR)
        assert numbers(found) == {
            1: ("0.5", "0.5", "7.5", "5", "12.5"),
            2: ("0.6", "0", "0", "0", "0"),
            3: ("0.8", "1", "15", "0", "15"),
        }
        assert (found.r_min, found.r_max, found.evaluated) == (d("0.6"), d("0.8"), 2)
        assert found.imputed == (1,)

    def test_take_no_part_in_the_evidence(self) -> None:
        found = score_dimension((1, 2, 3), judged({2: "0.1", 3: "0.05"}), FLOOR)
        # An imputed 0.5 must not look like evidence.
        assert found.low_evidence
        assert {item.r_normalized for item in found.scores} == {HALF}
        assert found.imputed == (1,)

    def test_are_listed_in_display_order(self) -> None:
        found = score_dimension((9, 3, 7, 1), judged({3: "0.6"}), FLOOR)
        assert found.imputed == (9, 7, 1)

    def test_all_missing_is_a_failed_dimension(self) -> None:
        found = score_dimension((1, 2), judged({}, selected=2), FLOOR)
        assert (found.failed, found.low_evidence, found.evaluated) == (True, False, 0)
        assert numbers(found) == {
            1: ("0.5", "0.5", "7.5", "0", "7.5"),
            2: ("0.5", "0.5", "7.5", "5", "12.5"),
        }

    def test_a_judgement_of_a_vanished_profession_is_no_judgement(self) -> None:
        found = score_dimension((1, 2), judged({60: "0.9"}), FLOOR)
        assert (found.failed, found.evaluated) == (True, 0)


class TestEvidenceFloor:
    @pytest.mark.parametrize(
        ("highest", "floor", "low"),
        [
            ("0.1499", "0.15", True),
            ("0.15", "0.15", False),
            ("0.29", "0.3", True),
            ("0.0001", "0", False),
            ("0", "0", False),
        ],
        ids=["just below", "just reached", "another floor", "switched off", "off, nothing found"],
    )
    def test_decides_on_the_highest_r(self, highest: str, floor: str, low: bool) -> None:
        found = score_dimension((1, 2), judged({1: highest, 2: "0"}), Decimal(floor))
        assert found.low_evidence is low
        spread = not low and highest != "0"
        assert [item.r_normalized for item in found.scores] == ([1, 0] if spread else [HALF, HALF])

    def test_one_supported_candidate_is_evidence_enough(self) -> None:
        found = score_dimension((1, 2, 3), judged({1: "0.01", 2: "0.02", 3: "0.5"}), FLOOR)
        assert not found.low_evidence


class TestFailedAndWithheld:
    @pytest.mark.parametrize(
        ("outcome", "failed", "low_evidence"),
        [(Outcome.FAILED, True, False), (Outcome.WITHHELD, False, True)],
    )
    @pytest.mark.parametrize("late", [{}, {1: Judgement(Decimal("0.9"))}], ids=["none", "late"])
    def test_are_neutral_and_told_apart(
        self,
        outcome: Outcome,
        failed: bool,
        low_evidence: bool,
        late: dict[int, Judgement],
    ) -> None:
        found = score_dimension((1, 2), DimensionInput(outcome, late, selected=1), FLOOR)
        assert (found.failed, found.low_evidence) == (failed, low_evidence)
        assert (found.r_min, found.r_max, found.evaluated) == (HALF, HALF, 0)
        assert found.imputed == ()
        assert numbers(found) == {
            1: ("0.5", "0.5", "7.5", "5", "12.5"),
            2: ("0.5", "0.5", "7.5", "0", "7.5"),
        }
