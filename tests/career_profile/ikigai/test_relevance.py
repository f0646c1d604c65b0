"""Relevance: r from k, s and b, and what makes a judgement unusable."""

import math
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.career_profile.ikigai.relevance import (
    Judgement,
    read_judgement,
    read_judgements,
    relevance,
)

properties = settings(max_examples=100, deadline=None, derandomize=True, database=None)
LEVELS = (0, 0.25, 0.5, 0.75, 1)
unit_floats = st.floats(0, 1)


def d(value: str) -> Decimal:
    return Decimal(value)


class TestRelevance:
    @pytest.mark.parametrize(
        ("k", "s", "b", "r"),
        [
            ("0", "0", "0", "0"),
            ("1", "1", "1", "1"),
            ("1", "0", "0", "0.4"),
            ("0", "1", "0", "0.3"),
            ("0", "0", "1", "0.3"),
            ("1", "0.5", "0", "0.55"),  # 0.4 + 0.15
            ("0.25", "0.25", "0", "0.175"),  # 0.1 + 0.075
            ("0.5", "0", "0.75", "0.425"),  # 0.2 + 0.225
        ],
    )
    def test_weights(self, k: str, s: str, b: str, r: str) -> None:
        assert relevance(d(k), d(s), d(b)) == d(r)

    @pytest.mark.parametrize(
        ("k", "s", "b"),
        [("0.75", "0.5", "0.25"), ("0.75", "0.25", "0.5"), ("0.75", "0.75", "0")],
    )
    def test_equal_r_by_different_routes(self, k: str, s: str, b: str) -> None:
        # 0.3 + 0.15 + 0.075 = 0.3 + 0.075 + 0.15 = 0.3 + 0.225; as binary floats two differ.
        assert relevance(d(k), d(s), d(b)) == d("0.525")

    @pytest.mark.parametrize(
        ("k", "s", "b", "r"),
        [
            ("0.12345", "0.33333", "0.33333", "0.2494"),  # 0.04938 + 2 · 0.099999 = 0.249378
            ("0.333", "0.111", "0.222", "0.2331"),  # 0.1332 + 0.0333 + 0.0666
            ("0.0001", "0.0001", "0", "0.0001"),  # 0.00004 + 0.00003 = 0.00007
            ("0", "0.0005", "0", "0.0002"),  # 0.00015: half up
            ("0", "0", "0.0015", "0.0005"),  # 0.00045: half up (half even: 0.0004)
        ],
    )
    def test_four_places_half_up(self, k: str, s: str, b: str, r: str) -> None:
        assert str(relevance(d(k), d(s), d(b))) == r


class TestReadJudgement:
    def test_sub_scores_are_kept_exactly(self) -> None:
        found = read_judgement({"key": "C01", "k": 0.75, "s": 0.1, "b": 0.2})
        # 0.3 + 0.03 + 0.06
        assert found == Judgement(d("0.39"), d("0.75"), d("0.1"), d("0.2"))

    def test_whole_numbers_are_numbers(self) -> None:
        expected = Judgement(d("0.7"), d("1"), d("0"), d("1"))
        assert read_judgement({"k": 1, "s": 0, "b": 1}) == expected

    def test_no_topic_fit_leaves_nothing_to_feel_or_prove(self) -> None:
        expected = Judgement(d("0"), d("0"), d("0"), d("0"))
        assert read_judgement({"k": 0, "s": 1, "b": 0.75}) == expected
        assert read_judgement({"k": 0.0, "s": 1, "b": 0.75}) == expected

    def test_a_little_topic_fit_leaves_the_rest(self) -> None:
        # 0.004 + 0.3 + 0.3
        found = read_judgement({"k": 0.01, "s": 1, "b": 1})
        assert found is not None
        assert found.r == d("0.604")

    @pytest.mark.parametrize(
        ("r_raw", "r"),
        [(0.525, "0.525"), (0, "0"), (1, "1"), (0.12345, "0.1235"), (0.00004, "0"), (1e-5, "0")],
    )
    def test_r_alone_is_accepted_and_rounded_first(self, r_raw: float, r: str) -> None:
        assert read_judgement({"key": "C01", "r_raw": r_raw}) == Judgement(d(r))

    def test_r_alone_knows_no_sub_scores(self) -> None:
        found = read_judgement({"r_raw": 0.5})
        assert found is not None
        assert (found.k, found.s, found.b) == (None, None, None)

    def test_sub_scores_decide_when_r_comes_too(self) -> None:
        # The service computes r: 0.4 + 0.3 + 0.3.
        found = read_judgement({"k": 1, "s": 1, "b": 1, "r_raw": 0.2})
        assert found == Judgement(d("1"), d("1"), d("1"), d("1"))

    @pytest.mark.parametrize("name", ["k", "s", "b", "r_raw"])
    @pytest.mark.parametrize(
        "value",
        [-0.01, 1.01, -1, 2, 75, math.nan, math.inf, -math.inf, "0.5", "", True, False, None, [0.5],
         {"value": 0.5}],
        ids=repr,
    )  # fmt: skip
    def test_a_value_that_is_no_number_between_zero_and_one(self, name: str, value: object) -> None:
        fine: dict[str, object] = {"r_raw": 0.5} if name == "r_raw" else dict.fromkeys("ksb", 0.5)
        assert read_judgement(fine) is not None
        assert read_judgement({**fine, name: value}) is None

    @pytest.mark.parametrize("name", ["k", "s", "b"])
    def test_an_absent_sub_score(self, name: str) -> None:
        entry = {key: 0.5 for key in "ksb" if key != name}
        assert read_judgement(entry) is None
        # r is accepted alone, not as the rest of a torn judgement.
        assert read_judgement({**entry, "r_raw": 0.5}) is None

    @pytest.mark.parametrize("entry", [{}, {"key": "C01"}, {"r": 0.5}])
    def test_neither_sub_scores_nor_r(self, entry: dict[str, object]) -> None:
        assert read_judgement(entry) is None

    @pytest.mark.parametrize("value", [None, "0.5", True, 2])
    @pytest.mark.parametrize("name", ["s", "b"])
    def test_no_topic_fit_does_not_excuse_an_unusable_value(self, name: str, value: object) -> None:
        assert read_judgement({"k": 0, "s": 0, "b": 0, name: value}) is None


class TestReadJudgements:
    KEY_OF = {"C01": 40, "C02": 70, "C03": 10}  # noqa: RUF012 - read only

    def test_judgements_come_back_under_profession_ids(self) -> None:
        found, unknown = read_judgements(
            [{"key": "C03", "k": 1, "s": 1, "b": 1}, {"key": "C01", "r_raw": 0.9}], self.KEY_OF
        )
        assert found == {10: Judgement(d("1"), d("1"), d("1"), d("1")), 40: Judgement(d("0.9"))}
        assert unknown == 0

    def test_an_unusable_judgement_is_missing_and_not_unknown(self) -> None:
        found, unknown = read_judgements(
            [{"key": "C01", "r_raw": 1.2}, {"key": "C02", "r_raw": 0.5}], self.KEY_OF
        )
        assert list(found) == [70]
        assert unknown == 0

    @pytest.mark.parametrize(("first", "second"), [(0.5, 0.9), (0.5, 0.5), (1.2, 0.9), (0.9, 1.2)])
    def test_a_key_given_twice_is_missing(self, first: float, second: float) -> None:
        found, unknown = read_judgements(
            [
                {"key": "C01", "r_raw": first},
                {"key": "C02", "r_raw": 0.4},
                {"key": "C01", "r_raw": second},
            ],
            self.KEY_OF,
        )
        assert list(found) == [70]
        assert unknown == 0

    def test_a_key_given_three_times_is_still_missing(self) -> None:
        found, _ = read_judgements([{"key": "C01", "r_raw": 0.5}] * 3, self.KEY_OF)
        assert found == {}

    @pytest.mark.parametrize(
        "entry",
        [
            {"key": "C99", "r_raw": 0.5},
            {"key": "c01", "r_raw": 0.5},
            {"key": 40, "r_raw": 0.5},
            {"key": None, "r_raw": 0.5},
            {"key": ["C01"], "r_raw": 0.5},
            {"r_raw": 0.5},
            "C01",
            None,
            ["C01", 0.5],
        ],
        ids=repr,
    )
    def test_an_unknown_key_is_dropped_and_counted(self, entry: object) -> None:
        found, unknown = read_judgements([entry, {"key": "C02", "r_raw": 0.5}, entry], self.KEY_OF)
        assert list(found) == [70]
        assert unknown == 2

    def test_nothing_came(self) -> None:
        assert read_judgements([], self.KEY_OF) == ({}, 0)

    @properties
    @given(data=st.data())
    def test_the_order_of_the_entries_decides_nothing(self, data: st.DataObject) -> None:
        entry = st.fixed_dictionaries(
            {"key": st.sampled_from(["C01", "C02", "C03", "C99"]), "r_raw": st.floats(-0.2, 1.2)}
        )
        entries = data.draw(st.lists(entry, max_size=6))
        shuffled = data.draw(st.permutations(entries))
        assert read_judgements(shuffled, self.KEY_OF) == read_judgements(entries, self.KEY_OF)


class TestProperties:
    @properties
    @given(k=unit_floats, s=unit_floats, b=unit_floats)
    def test_r_lies_between_the_smallest_and_the_largest_sub_score(
        self, k: float, s: float, b: float
    ) -> None:
        found = read_judgement({"k": k, "s": s, "b": b})
        assert found is not None
        assert 0 <= found.r <= 1
        assert -found.r.as_tuple().exponent == 4  # type: ignore[operator]  # no NaN here
        if k > 0:
            half = Decimal("0.00005")
            assert Decimal(str(min(k, s, b))) - half <= found.r <= Decimal(str(max(k, s, b))) + half

    @pytest.mark.parametrize("s", LEVELS)
    @pytest.mark.parametrize("k", LEVELS[1:])
    def test_feeling_and_evidence_weigh_the_same(self, k: float, s: float) -> None:
        for b in LEVELS:
            one = read_judgement({"k": k, "s": s, "b": b})
            other = read_judgement({"k": k, "s": b, "b": s})
            assert one is not None
            assert other is not None
            assert one.r == other.r
