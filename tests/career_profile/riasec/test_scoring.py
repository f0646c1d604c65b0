"""Validity and classification, at both sides of every threshold."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.career_profile.riasec.hexagon import Letter
from app.career_profile.riasec.instrument import FORMS, Form, FormName
from app.career_profile.riasec.scoring import (
    Classification,
    CodeType,
    Validity,
    classify,
    judge_validity,
    rank_letters,
)

SHORT, FULL = FORMS[FormName.SHORT], FORMS[FormName.FULL]
SINGLE, DUAL, TRIPLE = CodeType.SINGLE, CodeType.DUAL, CodeType.TRIPLE

properties = settings(max_examples=100, deadline=None, derandomize=True, database=None)
full_profiles = st.lists(st.integers(12, 60), min_size=6, max_size=6)


def scores(*values: int) -> dict[Letter, int]:
    """Six letter scores in Holland order."""
    return dict(zip(Letter, values, strict=True))


class TestValidity:
    @pytest.mark.parametrize(
        ("values", "expected"),
        [
            ((20, 20, 20, 20, 20, 19), Validity.TOO_LOW),  # 119
            ((20, 20, 20, 20, 21, 19), Validity.LOW),  # 120
            ((25, 25, 25, 25, 25, 24), Validity.LOW),  # 149
            ((25, 25, 25, 25, 26, 24), Validity.FINE),  # 150
            ((60, 60, 60, 60, 60, 59), Validity.FINE),
            ((12, 12, 12, 12, 12, 13), Validity.TOO_LOW),
        ],
    )
    def test_totals_of_the_full_form(self, values: tuple[int, ...], expected: Validity) -> None:
        assert judge_validity(scores(*values), FULL) is expected

    @pytest.mark.parametrize(
        ("values", "expected"),
        [
            ((3, 3, 3, 3, 3, 4), Validity.TOO_LOW),  # 19
            ((3, 3, 3, 3, 4, 4), Validity.LOW),  # 20
            ((4, 4, 4, 4, 4, 4), Validity.FLAT),  # 24, but flat
            ((4, 4, 4, 4, 3, 5), Validity.LOW),  # 24
            ((4, 4, 4, 4, 4, 5), Validity.FINE),  # 25
        ],
    )
    def test_totals_of_the_short_form(self, values: tuple[int, ...], expected: Validity) -> None:
        assert judge_validity(scores(*values), SHORT) is expected

    @pytest.mark.parametrize("value", [12, 36, 60])
    def test_six_equal_scores_are_flat_at_any_height(self, value: int) -> None:
        assert judge_validity(scores(*[value] * 6), FULL) is Validity.FLAT

    def test_five_equal_scores_are_not_flat(self) -> None:
        assert judge_validity(scores(36, 36, 36, 36, 36, 37), FULL) is Validity.FINE


class TestRankLetters:
    @pytest.mark.parametrize(
        ("values", "expected"),
        [
            ((10, 20, 30, 40, 50, 60), "CESAIR"),
            ((60, 50, 40, 30, 20, 12), "RIASEC"),
            ((30, 30, 30, 30, 30, 31), "CRIASE"),
            ((20, 40, 20, 40, 20, 40), "ISCRAE"),
        ],
        ids=["ascending", "descending", "five equal", "two blocks of equals"],
    )
    def test_by_score_then_holland_order(self, values: tuple[int, ...], expected: str) -> None:
        assert "".join(rank_letters(scores(*values))) == expected

    def test_the_order_of_the_mapping_decides_nothing(self) -> None:
        reversed_scores = dict(reversed(scores(30, 30, 30, 30, 30, 30).items()))
        assert "".join(rank_letters(reversed_scores)) == "RIASEC"


class TestClassifyFullForm:
    @pytest.mark.parametrize(
        ("values", "code", "code_type"),
        [
            # single: rank1 ≥ 40, gap ≥ 9, gap/rank1 ≥ 0.15
            ((40, 31, 20, 20, 20, 20), "R", SINGLE),  # gap 9 = 22.5 %
            ((60, 51, 12, 12, 12, 12), "R", SINGLE),  # gap 9 = exactly 15 %
            ((20, 20, 20, 20, 20, 45), "C", SINGLE),
            ((50, 41, 20, 20, 20, 20), "R", SINGLE),  # a large second gap changes nothing
            # the first letter is not strong enough
            ((39, 20, 20, 20, 20, 20), "RIA", TRIPLE),
            ((39, 38, 20, 20, 20, 20), "RIA", TRIPLE),  # would be dual with 40
            # dual: gap < 9, second gap ≥ 9, rank2 ≥ 30
            ((40, 32, 23, 20, 20, 20), "RI", DUAL),
            ((40, 40, 31, 20, 20, 20), "RI", DUAL),
            ((20, 20, 20, 32, 20, 40), "CS", DUAL),
            # neither
            ((40, 32, 24, 20, 20, 20), "RIA", TRIPLE),  # second gap 8
            ((45, 44, 43, 20, 20, 20), "RIA", TRIPLE),
            ((30, 44, 44, 44, 30, 30), "IAS", TRIPLE),
        ],
    )
    def test_thresholds(self, values: tuple[int, ...], code: str, code_type: CodeType) -> None:
        assert classify(scores(*values), FULL) == Classification(code, code_type, False)


class TestClassifyShortForm:
    @pytest.mark.parametrize(
        ("values", "code", "code_type"),
        [
            ((7, 5, 2, 2, 2, 2), "R", SINGLE),  # gap 2 of 7 = 28.6 %
            ((10, 8, 2, 2, 2, 2), "R", SINGLE),  # gap 2 of 10 = 20 %
            ((6, 2, 4, 4, 2, 2), "RAS", TRIPLE),  # not strong; A and S tie in Holland order
            ((7, 6, 4, 2, 2, 2), "RI", DUAL),
            ((2, 2, 2, 2, 9, 9), "EC", DUAL),
            ((7, 6, 5, 2, 2, 2), "RIA", TRIPLE),  # second gap 1
            ((9, 8, 7, 4, 3, 2), "RIA", TRIPLE),  # the example of the brief
        ],
    )
    def test_thresholds(self, values: tuple[int, ...], code: str, code_type: CodeType) -> None:
        assert classify(scores(*values), SHORT) == Classification(code, code_type, False)

    def test_the_example_of_the_brief_in_the_full_form(self) -> None:
        expected = Classification("RIA", TRIPLE, False)
        assert classify(scores(45, 42, 38, 25, 22, 20), FULL) == expected


class TestThresholdsThatBothFormsImply:
    """In both forms a clear gap is always ≥ 15 % and a near second letter always strong.

    Full: 9/60 = 15 %, 40 - 8 = 32 ≥ 30. Short: 2/10 = 20 %, 7 - 1 = 6 ≥ 5. Other numbers show
    that the two conditions are checked nevertheless.
    """

    SMALL_GAP = Form(FormName.FULL, 12, 40, 5, 30, 120, 150)
    LARGE_GAP = Form(FormName.FULL, 12, 40, 15, 30, 120, 150)

    @pytest.mark.parametrize(
        ("values", "code", "code_type"),
        [
            ((40, 34, 20, 20, 20, 20), "R", SINGLE),  # 6/40 = exactly 15 %
            ((41, 35, 20, 20, 20, 20), "RIA", TRIPLE),  # 6/41 = 14.6 %, and no dual: gap ≥ 5
        ],
    )
    def test_relative_gap(self, values: tuple[int, ...], code: str, code_type: CodeType) -> None:
        assert classify(scores(*values), self.SMALL_GAP) == Classification(code, code_type, False)

    @pytest.mark.parametrize(
        ("values", "code", "code_type"),
        [
            ((40, 30, 15, 12, 12, 12), "RI", DUAL),
            ((40, 29, 12, 12, 12, 12), "RIA", TRIPLE),
        ],
    )
    def test_second_letter(self, values: tuple[int, ...], code: str, code_type: CodeType) -> None:
        assert classify(scores(*values), self.LARGE_GAP) == Classification(code, code_type, False)


class TestInconsistentProfile:
    @pytest.mark.parametrize(
        ("values", "code", "expected"),
        [
            ((40, 20, 20, 40, 20, 20), "RS", True),
            ((20, 45, 20, 20, 40, 20), "IE", True),
            ((20, 20, 40, 20, 20, 45), "CA", True),
            ((40, 33, 20, 40, 20, 20), "RSI", True),
            ((49, 49, 49, 50, 49, 49), "SRI", True),
            ((40, 38, 20, 20, 37, 20), "RIE", False),  # opposite, but second and third
            ((40, 20, 39, 38, 20, 20), "RAS", False),  # opposite, but first and third
            ((30, 44, 30, 44, 30, 44), "ISC", False),  # alternate is not opposite
            ((45, 20, 20, 36, 20, 20), "R", False),  # a single letter contradicts nothing
        ],
    )
    def test_first_two_letters_opposite(
        self, values: tuple[int, ...], code: str, expected: bool
    ) -> None:
        found = classify(scores(*values), FULL)
        assert (found.code, found.is_inconsistent) == (code, expected)


class TestProperties:
    @properties
    @given(values=full_profiles, data=st.data())
    def test_the_order_of_the_scores_decides_nothing(
        self, values: list[int], data: st.DataObject
    ) -> None:
        given_scores = scores(*values)
        shuffled = dict(data.draw(st.permutations(list(given_scores.items()))))
        assert classify(shuffled, FULL) == classify(given_scores, FULL)
        assert judge_validity(shuffled, FULL) is judge_validity(given_scores, FULL)

    @properties
    @given(values=full_profiles)
    def test_the_code_holds_the_strongest_letters(self, values: list[int]) -> None:
        by_letter = scores(*values)
        found = classify(by_letter, FULL)
        assert len(found.code) == {SINGLE: 1, DUAL: 2, TRIPLE: 3}[found.code_type]
        assert len(set(found.code)) == len(found.code)
        inside = [by_letter[Letter(letter)] for letter in found.code]
        assert inside == sorted(values, reverse=True)[: len(inside)]

    @properties
    @given(values=full_profiles)
    def test_a_short_code_needs_a_strong_first_letter_and_a_clear_gap(
        self, values: list[int]
    ) -> None:
        first, second, third = sorted(values, reverse=True)[:3]
        code_type = classify(scores(*values), FULL).code_type
        assert (code_type is SINGLE) == (first >= 40 and first - second >= 9)
        assert (code_type is DUAL) == (first >= 40 and first - second < 9 <= second - third)
