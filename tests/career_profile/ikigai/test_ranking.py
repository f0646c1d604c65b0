"""Totals, ranks and ties."""

from decimal import Decimal

import pytest

from app.career_profile.ikigai.dimensions import DIMENSIONS, EXTRINSIC, INTRINSIC
from app.career_profile.ikigai.ranking import (
    TIEBREAK_CRITERIA,
    CandidateScore,
    DimensionScores,
    Ranking,
    rank_professions,
    score_dimension,
)
from tests.career_profile.ikigai.scores import (
    FLOOR,
    GOOD_AT,
    HALF,
    LOVE,
    PAID_FOR,
    WORLD_NEEDS,
    d,
    judged,
)


def row(profession_id: int, total: str, r_normalized: str = "0.5") -> CandidateScore:
    """Only what the ranking reads: the dimension's total and r_normalized."""
    points = Decimal(total)
    return CandidateScore(profession_id, HALF, Decimal(r_normalized), points, Decimal(0), points)


def dimension(*rows: CandidateScore) -> DimensionScores:
    return DimensionScores(rows, HALF, HALF, len(rows), (), low_evidence=False, failed=False)


def ranked_ids(ranking: Ranking) -> list[int]:
    return [item.profession_id for item in ranking.professions]


class TestRanking:
    def test_dimensions_and_their_halves(self) -> None:
        assert [name.value for name in DIMENSIONS] == [
            "what_you_love",
            "what_you_are_good_at",
            "what_the_world_needs",
            "what_you_can_be_paid_for",
        ]
        assert INTRINSIC == (LOVE, GOOD_AT)
        assert EXTRINSIC == (WORLD_NEEDS, PAID_FOR)

    def test_criteria_of_the_revision_document(self) -> None:
        assert TIEBREAK_CRITERIA == ("intrinsic_score", "congruence_score", "avg_r_normalized")

    # Two candidates each: love, good at, world needs, paid for; congruence; r_normalized in love.
    @pytest.mark.parametrize(
        ("first", "second", "tied"),
        [
            # total 30.0001 before 30, although everything else speaks for the second
            (
                (9, ("5", "5", "10", "10.0001"), "0.55", "0.1"),
                (2, ("15", "15", "0", "0"), "1.0", "0.9"),
                False,
            ),
            # intrinsic 16 before 14
            (
                (9, ("8", "8", "7", "7"), "0.55", "0.1"),
                (2, ("7", "7", "8", "8"), "1.0", "0.9"),
                True,
            ),
            # congruence 0.93 before 0.92
            (
                (9, ("8", "7", "8", "7"), "0.93", "0.1"),
                (2, ("7", "8", "7", "8"), "0.92", "0.9"),
                True,
            ),
            # average of r_normalized: (0.5004 + 1.5)/4 = 0.5001 before 2/4 = 0.5
            (
                (9, ("8", "7", "8", "7"), "0.93", "0.5004"),
                (2, ("8", "7", "8", "7"), "0.93", "0.5"),
                True,
            ),
            # nothing decides but the id
            (
                (2, ("8", "7", "8", "7"), "0.93", "0.5"),
                (9, ("8", "7", "8", "7"), "0.93", "0.5"),
                True,
            ),
        ],
        ids=["total", "intrinsic", "congruence", "average", "id"],
    )
    @pytest.mark.parametrize("turned", [False, True], ids=["", "turned"])
    def test_what_decides(
        self,
        first: tuple[int, tuple[str, ...], str, str],
        second: tuple[int, tuple[str, ...], str, str],
        tied: bool,
        turned: bool,
    ) -> None:
        shown = [second, first] if turned else [first, second]
        dimensions = {
            name: dimension(
                *(row(pid, points[place], love if place == 0 else "0.5")
                  for pid, points, _, love in shown)
            )
            for place, name in enumerate(DIMENSIONS)
        }  # fmt: skip
        congruence = {pid: Decimal(value) for pid, _, value, _ in shown}
        found = rank_professions(dimensions, congruence)
        assert ranked_ids(found) == [first[0], second[0]]
        assert [item.rank for item in found.professions] == [1, 2]
        assert found.tied == (tuple(item[0] for item in shown) if tied else ())

    def test_an_average_with_a_five_in_the_fifth_place(self) -> None:
        # (0.5002 + 1.5)/4 = 0.50005: half up 0.5001, as the other; the id decides.
        dimensions = {
            LOVE: dimension(row(9, "7", "0.5004"), row(2, "7", "0.5002")),
            GOOD_AT: dimension(row(9, "7"), row(2, "7")),
            WORLD_NEEDS: dimension(row(9, "7"), row(2, "7")),
            PAID_FOR: dimension(row(9, "7"), row(2, "7")),
        }
        found = rank_professions(dimensions, {9: HALF, 2: HALF})
        assert [item.avg_r_normalized for item in found.professions] == [d("0.5001")] * 2
        assert ranked_ids(found) == [2, 9]

    def test_three_at_the_top_are_listed_in_display_order(self) -> None:
        totals = {30: "9", 7: "10", 40: "10", 3: "10"}
        dimensions = {
            name: dimension(*(row(pid, total) for pid, total in totals.items()))
            for name in DIMENSIONS
        }
        found = rank_professions(dimensions, {30: HALF, 7: HALF, 40: Decimal(1), 3: HALF})
        assert found.tied == (7, 40, 3)
        assert ranked_ids(found) == [40, 3, 7, 30]

    def test_equal_totals_below_the_top_are_no_tie(self) -> None:
        totals = {1: "12", 2: "10", 3: "10"}
        dimensions = {
            name: dimension(*(row(pid, total) for pid, total in totals.items()))
            for name in DIMENSIONS
        }
        assert rank_professions(dimensions, dict.fromkeys(totals, HALF)).tied == ()

    def test_a_single_candidate_is_first_and_not_tied(self) -> None:
        dimensions = {
            name: score_dimension((5,), judged({5: "0.6125"}, selected=5), FLOOR)
            for name in DIMENSIONS
        }
        found = rank_professions(dimensions, {5: d("0.55")})
        # 4 · (7.5 + 6.125)
        assert [(item.rank, item.profession_id, item.total) for item in found.professions] == [
            (1, 5, d("54.5"))
        ]
        assert found.tied == ()
