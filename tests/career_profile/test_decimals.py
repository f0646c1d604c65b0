"""Exact decimals: what a person reads, rounded the way a person rounds."""

import json
from decimal import Decimal

import pytest
from pydantic import TypeAdapter

from app.career_profile.decimals import Score, exact, round_half_up


class TestExact:
    def test_a_float_is_the_number_that_is_read(self) -> None:
        # The binary 0.1 is 0.1000000000000000055...
        assert exact(0.1) == Decimal("0.1")

    def test_sums_of_floats_stay_exact(self) -> None:
        assert exact(0.1) + exact(0.2) == Decimal("0.3")

    @pytest.mark.parametrize("value", ["0.525", 0.525, Decimal("0.525")])
    def test_every_notation_gives_the_same_number(self, value: float | str | Decimal) -> None:
        assert exact(value) == Decimal("0.525")


class TestRoundHalfUp:
    @pytest.mark.parametrize(
        ("value", "places", "expected"),
        [
            ("0.60605", 4, "0.6061"),  # half even: 0.6060
            ("0.00005", 4, "0.0001"),  # half even: 0.0000
            ("0.00015", 4, "0.0002"),
            ("0.00004999", 4, "0.0000"),
            ("2.5", 0, "3"),  # half even: 2
            ("87.455", 2, "87.46"),
            ("6.25", 1, "6.3"),  # half even: 6.2
            ("1", 4, "1.0000"),
        ],
    )
    def test_a_five_goes_up(self, value: str, places: int, expected: str) -> None:
        assert str(round_half_up(Decimal(value), places)) == expected


class TestScoreInDocuments:
    def test_a_score_is_a_plain_json_number(self) -> None:
        adapter = TypeAdapter(Score)
        assert json.loads(adapter.dump_json(Decimal("36.3630"))) == 36.363
        assert isinstance(adapter.dump_python(Decimal("0.5")), float)
