"""Consistency and differentiation (2-domain-rules.md, 7)."""

from decimal import Decimal
from itertools import permutations

import pytest

from app.career_profile.riasec.hexagon import all_codes
from app.career_profile.riasec.indices import Consistency, consistency, differentiation
from app.career_profile.riasec.instrument import FORMS, FormName

FULL, SHORT = FORMS[FormName.FULL], FORMS[FormName.SHORT]


class TestConsistency:
    @pytest.mark.parametrize(
        ("code", "expected"),
        [
            ("RI", "high"),
            ("RC", "high"),
            ("RIA", "high"),
            ("RA", "medium"),
            ("RE", "medium"),
            ("RS", "low"),
            ("IE", "low"),
            ("ACR", "low"),
        ],
    )
    def test_by_the_first_two_letters(self, code: str, expected: str) -> None:
        assert consistency(code) == expected

    def test_none_for_a_single_letter(self) -> None:
        assert [consistency(letter) for letter in "RIASEC"] == [None] * 6

    def test_of_all_pairs_two_fifths_are_high_two_fifths_medium_one_fifth_low(self) -> None:
        found = [consistency(code) for code in all_codes() if len(code) == 2]
        counts = {level: found.count(level) for level in Consistency}
        assert counts == {Consistency.HIGH: 12, Consistency.MEDIUM: 12, Consistency.LOW: 6}


class TestDifferentiation:
    def test_the_example_of_the_specification_rounds_half_up(self) -> None:
        assert differentiation([16, 14, 13, 12, 12, 12], FULL) == Decimal("6.3")

    @pytest.mark.parametrize(
        ("scores", "expected"),
        [
            ([10, 2, 2, 2, 2, 2], "100.0"),
            ([10, 10, 10, 10, 10, 10], "0.0"),
            ([10, 10, 2, 2, 2, 2], "50.0"),
            ([10, 8, 8, 4, 4, 4], "50.0"),
            ([10, 9, 2, 2, 2, 2], "56.3"),  # 56.25
        ],
    )
    def test_short_form(self, scores: list[int], expected: str) -> None:
        assert differentiation(scores, SHORT) == Decimal(expected)

    def test_the_order_of_the_scores_does_not_matter(self) -> None:
        found = {differentiation(order, FULL) for order in permutations([60, 41, 33, 25, 18, 12])}
        assert found == {Decimal("56.3")}  # 50 * (120 - 41 - 25) / 48 = 56.25
