"""Dimension scores, totals, ranks and the tie of one session, worked on paper."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from app.career_profile.ikigai.dimensions import Dimension
from app.career_profile.ikigai.ranking import (
    DimensionInput,
    DimensionScores,
    Outcome,
    RankedProfession,
    rank_professions,
    score_dimension,
)
from app.career_profile.ikigai.relevance import read_judgements
from tests.career_profile.ikigai.scores import (
    FLOOR,
    GOOD_AT,
    HALF,
    LOVE,
    PAID_FOR,
    WORLD_NEEDS,
    d,
    numbers,
    plain,
)


class TestWorkedSession:
    """Six candidates and one that vanished; every number computed on paper.

    Display order 40, 70, 10, 30, 15, 50; profession 60 vanished after the candidates were chosen.
    """

    DISPLAY_ORDER = (40, 70, 10, 30, 15, 50)
    KEY_OF: Mapping[str, int] = {
        "C01": 50, "C02": 15, "C03": 30, "C04": 10, "C05": 70, "C06": 40,
    }  # fmt: skip
    LOVE_ANSWER: Sequence[object] = (
        {"key": "C06", "k": 0.75, "s": 0.5, "b": 0.25},  # 40: 0.525 by one route
        {"key": "C04", "k": 0.75, "s": 0.25, "b": 0.5},  # 10: by another
        {"key": "C03", "k": 0.75, "s": 0.75, "b": 0},  # 30: and by a third
        {"key": "C05", "k": 1, "s": 1, "b": 1},  # 70: 1
        {"key": "C01", "k": 0.25, "s": 0.25, "b": 0},  # 50: 0.175
        {"key": "C02", "k": 1, "s": 1, "b": 1},  # 15 twice: missing
        {"key": "C02", "k": 0, "s": 0, "b": 0},
        {"key": "C07", "k": 0, "s": 0, "b": 0},  # nobody: dropped
    )
    GOOD_AT_ANSWER: Sequence[object] = (
        {"key": "C06", "r_raw": 0.9},  # 40
        {"key": "C02", "r_raw": 0.9},  # 15
        {"key": "C03", "r_raw": 0.175},  # 30
        {"key": "C04", "r_raw": 0.1},  # 10
        {"key": "C01", "r_raw": 1.2},  # 50: out of range; 70 is missing
    )
    WORLD_NEEDS_ANSWER: Sequence[object] = (
        {"key": "C06", "r_raw": 0.1},
        {"key": "C05", "r_raw": 0.05},
        {"key": "C04", "r_raw": 0},
        {"key": "C03", "r_raw": 0.1499},
        {"key": "C02", "r_raw": 0.12},
        {"key": "C01", "r_raw": 0.12},
    )
    CONGRUENCE: Mapping[int, Decimal] = {
        40: d("1.0"), 70: d("0.93"), 10: d("0.90"), 30: d("0.80"), 15: d("0.75"), 50: d("0.68"),
    }  # fmt: skip

    def _answer(self, entries: Sequence[object], selected: int | None) -> DimensionScores:
        judgements, _ = read_judgements(entries, self.KEY_OF)
        given_input = DimensionInput(Outcome.JUDGED, judgements, selected)
        return score_dimension(self.DISPLAY_ORDER, given_input, FLOOR)

    def _dimensions(self) -> dict[Dimension, DimensionScores]:
        failed = DimensionInput(Outcome.FAILED, {}, 60)
        return {
            LOVE: self._answer(self.LOVE_ANSWER, 10),
            GOOD_AT: self._answer(self.GOOD_AT_ANSWER, 50),
            WORLD_NEEDS: self._answer(self.WORLD_NEEDS_ANSWER, 30),
            PAID_FOR: score_dimension(self.DISPLAY_ORDER, failed, FLOOR),
        }

    def test_equal_r_by_three_routes_and_a_key_given_twice(self) -> None:
        found = self._dimensions()[LOVE]
        # max - min = 1 - 0.175 = 0.825; (0.525 - 0.175)/0.825 = 0.42424...; 15 · 0.4242 = 6.363
        assert numbers(found) == {
            40: ("0.525", "0.4242", "6.363", "0", "6.363"),
            70: ("1", "1", "15", "0", "15"),
            10: ("0.525", "0.4242", "6.363", "5.25", "11.613"),
            30: ("0.525", "0.4242", "6.363", "0", "6.363"),
            15: ("0.5", "0.5", "7.5", "0", "7.5"),
            50: ("0.175", "0", "0", "0", "0"),
        }
        assert (found.r_min, found.r_max, found.evaluated) == (d("0.175"), d("1"), 5)
        assert (found.imputed, found.low_evidence, found.failed) == ((15,), False, False)

    def test_three_thirtyseconds_of_a_range_of_eight_tenths(self) -> None:
        found = self._dimensions()[GOOD_AT]
        # (0.175 - 0.1)/0.8 = 3/32 = 0.09375, half up 0.0938; 15 · 0.0938 = 1.407
        assert numbers(found) == {
            40: ("0.9", "1", "15", "0", "15"),
            70: ("0.5", "0.5", "7.5", "0", "7.5"),
            10: ("0.1", "0", "0", "0", "0"),
            30: ("0.175", "0.0938", "1.407", "0", "1.407"),
            15: ("0.9", "1", "15", "0", "15"),
            50: ("0.5", "0.5", "7.5", "5", "12.5"),  # the click on an imputed candidate: 10 · 0.5
        }
        assert (found.r_min, found.r_max, found.evaluated) == (d("0.1"), d("0.9"), 4)
        assert (found.imputed, found.low_evidence, found.failed) == ((70, 50), False, False)

    def test_a_dimension_without_evidence_keeps_r_and_spreads_nothing(self) -> None:
        found = self._dimensions()[WORLD_NEEDS]
        assert numbers(found) == {
            40: ("0.1", "0.5", "7.5", "0", "7.5"),
            70: ("0.05", "0.5", "7.5", "0", "7.5"),
            10: ("0", "0.5", "7.5", "0", "7.5"),
            30: ("0.1499", "0.5", "7.5", "1.499", "8.999"),  # the click counts 10 · 0.1499
            15: ("0.12", "0.5", "7.5", "0", "7.5"),
            50: ("0.12", "0.5", "7.5", "0", "7.5"),
        }
        assert (found.r_min, found.r_max, found.evaluated) == (d("0"), d("0.1499"), 6)
        assert (found.imputed, found.low_evidence, found.failed) == ((), True, False)

    def test_a_failed_dimension_and_a_click_on_the_vanished_profession(self) -> None:
        found = self._dimensions()[PAID_FOR]
        neutral = ("0.5", "0.5", "7.5", "0", "7.5")
        assert numbers(found) == dict.fromkeys(self.DISPLAY_ORDER, neutral)
        assert (found.r_min, found.r_max, found.evaluated) == (HALF, HALF, 0)
        assert (found.low_evidence, found.failed) == (False, True)

    def test_ranks_and_the_tie_at_the_top(self) -> None:
        found = rank_professions(self._dimensions(), self.CONGRUENCE)
        rows = [
            (
                item.rank,
                item.profession_id,
                plain(item.total),
                plain(item.intrinsic),
                plain(item.extrinsic),
                plain(item.avg_r_normalized),
            )
            for item in found.professions
        ]
        assert rows == [
            # 15 + 7.5 + 7.5 + 7.5; (1 + 0.5 + 0.5 + 0.5)/4; before 15 by its congruence 0.93
            (1, 70, "37.5", "22.5", "15", "0.625"),
            # 7.5 + 15 + 7.5 + 7.5; (0.5 + 1 + 0.5 + 0.5)/4; congruence 0.75
            (2, 15, "37.5", "22.5", "15", "0.625"),
            # 6.363 + 15 + 7.5 + 7.5; 2.4242/4 = 0.60605, half up
            (3, 40, "36.363", "21.363", "15", "0.6061"),
            # total 0 + 12.5 + 7.5 + 7.5, average 1.5/4
            (4, 50, "27.5", "12.5", "15", "0.375"),
            # 11.613 + 0 + 7.5 + 7.5; 1.4242/4 = 0.35605, half up
            (5, 10, "26.613", "11.613", "15", "0.3561"),
            # total 6.363 + 1.407 + 8.999 + 7.5, average of 0.4242, 0.0938, 0.5 and 0.5
            (6, 30, "24.269", "7.77", "16.499", "0.3795"),
        ]
        assert found.tied == (70, 15)

    def test_a_ranked_profession_keeps_its_four_dimensions(self) -> None:
        last = rank_professions(self._dimensions(), self.CONGRUENCE).professions[-1]
        assert last == RankedProfession(
            rank=6,
            profession_id=30,
            total=d("24.269"),
            intrinsic=d("7.77"),
            extrinsic=d("16.499"),
            congruence=d("0.80"),
            avg_r_normalized=d("0.3795"),
            by_dimension={
                LOVE: d("6.363"),
                GOOD_AT: d("1.407"),
                WORLD_NEEDS: d("8.999"),
                PAID_FOR: d("7.5"),
            },
        )

    def test_scores_stand_in_display_order(self) -> None:
        for scores in self._dimensions().values():
            assert tuple(item.profession_id for item in scores.scores) == self.DISPLAY_ORDER
