"""How sure the first places are: the rule, and that its threshold is the measured one."""

import random
from collections.abc import Sequence
from decimal import Decimal

import pytest

from app.career_profile.ikigai.certainty import NOISE, Certainty, certainty_of
from app.career_profile.ikigai.ranking import RankedProfession
from bench.certainty import NOISES, STATED_NOISE, measure, noise_of
from bench.certainty_profiles import student_profiles

NIL = Decimal(0)


def ranked(*totals: str) -> list[RankedProfession]:
    return [
        RankedProfession(rank, rank, Decimal(total), NIL, NIL, NIL, NIL, {})
        for rank, total in enumerate(totals, start=1)
    ]


def label(*totals: str) -> str:
    return certainty_of(ranked(*totals)).value


class TestRule:
    """The noise is 11 points: docs/decisions/0013-certainty.md."""

    def test_the_threshold(self) -> None:
        assert Decimal("11") == NOISE
        assert set(Certainty) == {"clear", "close"}

    @pytest.mark.parametrize(
        ("totals", "expected"),
        [
            (("60", "40", "20"), "clear"),
            (("60", "50", "20"), "close"),  # the order of the two
            (("60", "40", "30"), "close"),  # who the second is
            (("60", "60", "20"), "close"),
            (("60", "49", "38"), "clear"),  # exactly the noise is not less than it
            (("60", "49.0001", "30"), "close"),
            (("60", "49", "38.0001"), "close"),
        ],
    )
    def test_first_three(self, totals: Sequence[str], expected: str) -> None:
        assert label(*totals) == expected

    def test_what_follows_the_third_place_does_not_matter(self) -> None:
        assert label("60", "40", "20", "20", "20") == "clear"

    def test_short_rankings(self) -> None:
        assert label("30") == "clear"
        assert label("60", "40") == "clear"
        assert label("60", "59") == "close"


class TestThreshold:
    def test_repeated_runs_move_the_distances_by_about_as_much(self) -> None:
        """A small run of the bench; the full one gives 10.2 to 11.1 by seed."""
        profiles = list(student_profiles(random.Random(7), 60))
        assert noise_of(measure(profiles, NOISES[STATED_NOISE], 5, seed=7)) == pytest.approx(
            float(NOISE), abs=2.5
        )

    def test_without_noise_nothing_moves(self) -> None:
        profiles = list(student_profiles(random.Random(7), 5))
        compared = measure(profiles, lambda _rng, value: value, 2, seed=7)
        assert noise_of(compared) == 0
        assert all(item.same_order for item in compared)
