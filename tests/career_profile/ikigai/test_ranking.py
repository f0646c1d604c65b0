"""Dimension scores, totals, ranks and ties: one worked session, then every rule alone."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.career_profile.ikigai.dimensions import DIMENSIONS, EXTRINSIC, INTRINSIC, Dimension
from app.career_profile.ikigai.ranking import (
    TIEBREAK_CRITERIA,
    CandidateScore,
    DimensionInput,
    DimensionScores,
    Outcome,
    RankedProfession,
    Ranking,
    rank_professions,
    score_dimension,
)
from app.career_profile.ikigai.relevance import Judgement, read_judgements

FLOOR = Decimal("0.15")
HALF = Decimal("0.5")
LOVE, GOOD_AT, WORLD_NEEDS, PAID_FOR = DIMENSIONS

properties = settings(max_examples=100, deadline=None, derandomize=True, database=None)


def d(value: str) -> Decimal:
    return Decimal(value)


def judged(r: Mapping[int, str], selected: int | None = None) -> DimensionInput:
    judgements = {pid: Judgement(Decimal(value)) for pid, value in r.items()}
    return DimensionInput(Outcome.JUDGED, judgements, selected)


def numbers(scores: DimensionScores) -> dict[int, tuple[str, str, str, str, str]]:
    """By profession: r_raw, r_normalized, text, click and total, without trailing zeros."""
    return {
        item.profession_id: (
            _plain(item.r_raw),
            _plain(item.r_normalized),
            _plain(item.text_score),
            _plain(item.click_score),
            _plain(item.dimension_total),
        )
        for item in scores.scores
    }


def _plain(value: Decimal) -> str:
    return format(value.normalize(), "f")


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
                _plain(item.total),
                _plain(item.intrinsic),
                _plain(item.extrinsic),
                _plain(item.avg_r_normalized),
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


r_values = st.integers(0, 10_000).map(lambda value: Decimal(value).scaleb(-4))
dimension_values = st.dictionaries(st.integers(1, 8), r_values, max_size=8)


@st.composite
def sessions(
    draw: st.DrawFn,
) -> tuple[tuple[int, ...], dict[Dimension, DimensionInput], dict[int, Decimal]]:
    """Up to eight candidates; any may be missing, any dimension failed or withheld."""
    candidates = tuple(draw(st.permutations(range(1, 9)))[: draw(st.integers(1, 8))])
    inputs = {
        name: DimensionInput(
            draw(st.sampled_from(Outcome)),
            {pid: Judgement(r) for pid, r in draw(dimension_values).items()},
            draw(st.none() | st.integers(1, 9)),
        )
        for name in DIMENSIONS
    }
    congruence = {pid: draw(st.sampled_from([d("1.0"), d("0.93"), HALF])) for pid in candidates}
    return candidates, inputs, congruence


Session = tuple[tuple[int, ...], dict[Dimension, DimensionInput], dict[int, Decimal]]


def rank(candidates: Sequence[int], session: Session) -> Ranking:
    _, inputs, congruence = session
    dimensions = {
        name: score_dimension(candidates, given_input, FLOOR)
        for name, given_input in inputs.items()
    }
    return rank_professions(dimensions, congruence)


class TestProperties:
    @properties
    @given(session=sessions(), data=st.data())
    def test_the_display_order_decides_no_rank(self, session: Session, data: st.DataObject) -> None:
        candidates = session[0]
        shuffled = data.draw(st.permutations(candidates))
        found, again = rank(candidates, session), rank(shuffled, session)
        assert again.professions == found.professions
        assert sorted(again.tied) == sorted(found.tied)

    @properties
    @given(session=sessions())
    def test_the_order_of_the_judgements_decides_nothing(self, session: Session) -> None:
        for given_input in session[1].values():
            turned = dict(reversed(list(given_input.judgements.items())))
            other = DimensionInput(given_input.outcome, turned, given_input.selected)
            assert score_dimension(session[0], other, FLOOR) == score_dimension(
                session[0], given_input, FLOOR
            )

    @properties
    @given(session=sessions())
    def test_every_number_stays_in_its_range(self, session: Session) -> None:
        candidates, inputs, _ = session
        for given_input in inputs.values():
            for item in score_dimension(candidates, given_input, FLOOR).scores:
                assert 0 <= item.r_raw <= 1
                assert 0 <= item.r_normalized <= 1
                assert 0 <= item.text_score <= 15
                assert 0 <= item.click_score <= 10
                assert item.click_score == 0 or item.profession_id == given_input.selected
                assert item.dimension_total == item.text_score + item.click_score
        for profession in rank(candidates, session).professions:
            assert 0 <= profession.total <= 100
            assert profession.total == profession.intrinsic + profession.extrinsic
            assert profession.total == sum(profession.by_dimension.values())

    @properties
    @given(session=sessions())
    def test_ranks_count_from_one_and_totals_fall(self, session: Session) -> None:
        found = rank(session[0], session)
        assert [item.rank for item in found.professions] == list(range(1, len(session[0]) + 1))
        totals = [item.total for item in found.professions]
        assert totals == sorted(totals, reverse=True)
        sharing = [item.profession_id for item in found.professions if item.total == totals[0]]
        assert set(found.tied) == (set(sharing) if len(sharing) > 1 else set())

    @properties
    @given(r=st.lists(r_values, min_size=2, max_size=8))
    def test_a_higher_r_never_scores_less(self, r: list[Decimal]) -> None:
        given_input = judged({pid: str(value) for pid, value in enumerate(r)})
        found = score_dimension(range(len(r)), given_input, Decimal(0)).scores
        for one, other in permutations(found, 2):
            if one.r_raw > other.r_raw:
                assert one.text_score >= other.text_score
        if max(r) > min(r):
            assert {item.r_normalized for item in found} >= {Decimal(0), Decimal(1)}
