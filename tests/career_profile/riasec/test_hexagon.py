"""The hexagon: distances counted on paper, the C-index over every pair of codes."""

from decimal import Decimal
from itertools import permutations, product

import pytest

from app.career_profile.riasec.hexagon import (
    LETTERS,
    TYPE_NAMES,
    Letter,
    all_codes,
    are_opposite,
    c_index,
    distance,
    holland_key,
    neighbours,
)

RING = "RIASEC"
# Counted on the drawn ring, row by row in Holland order.
DISTANCES = {
    "R": (0, 1, 2, 3, 2, 1),
    "I": (1, 0, 1, 2, 3, 2),
    "A": (2, 1, 0, 1, 2, 3),
    "S": (3, 2, 1, 0, 1, 2),
    "E": (2, 3, 2, 1, 0, 1),
    "C": (1, 2, 3, 2, 1, 0),
}
TRIPLES = ["".join(letters) for letters in permutations(RING, 3)]
PAIRS_OF_TRIPLES = list(product(TRIPLES, repeat=2))


class TestLetters:
    def test_holland_order(self) -> None:
        assert "".join(LETTERS) == "RIASEC"

    def test_each_letter_names_its_type(self) -> None:
        assert [TYPE_NAMES[Letter(letter)] for letter in RING] == [
            "Realistic",
            "Investigative",
            "Artistic",
            "Social",
            "Enterprising",
            "Conventional",
        ]


class TestDistance:
    @pytest.mark.parametrize("x", RING)
    def test_the_shorter_way_round(self, x: str) -> None:
        assert tuple(distance(x, y) for y in RING) == DISTANCES[x]

    def test_is_symmetric(self) -> None:
        assert all(distance(x, y) == distance(y, x) for x, y in product(RING, repeat=2))

    def test_exactly_three_pairs_are_opposite(self) -> None:
        opposite = {frozenset(pair) for pair in product(RING, repeat=2) if are_opposite(*pair)}
        assert opposite == {frozenset("RS"), frozenset("IE"), frozenset("AC")}

    @pytest.mark.parametrize(
        ("letter", "expected"),
        [
            ("R", ("I", "C")),
            ("I", ("R", "A")),
            ("A", ("I", "S")),
            ("S", ("A", "E")),
            ("E", ("S", "C")),
            ("C", ("R", "E")),
        ],
    )
    def test_neighbours_in_holland_order(self, letter: str, expected: tuple[str, str]) -> None:
        assert neighbours(letter) == expected


class TestCIndexOfTriples:
    @pytest.mark.parametrize(
        ("x", "y", "expected"),
        [
            ("RIA", "RIA", 18),  # 3·3 + 2·3 + 3
            ("RIA", "RAI", 15),  # 3·3 + 2·2 + 2
            ("RIA", "IRA", 13),  # 3·2 + 2·2 + 3
            ("RIA", "IAR", 11),  # 3·2 + 2·2 + 1
            ("RIA", "AIR", 10),  # 3·1 + 2·3 + 1
            ("RIA", "ARI", 9),  # 3·1 + 2·2 + 2
            ("RIA", "SEC", 0),  # three opposites
            ("RIA", "RIC", 15),  # only the third position is opposite
            ("RIA", "SIA", 9),  # only the first position is opposite
            ("RIA", "REA", 12),  # only the second position is opposite
            ("SAE", "ESA", 11),  # 3·2 + 2·2 + 1
        ],
    )
    def test_computed_on_paper(self, x: str, y: str, expected: int) -> None:
        assert c_index(x, y) == Decimal(expected)

    def test_all_pairs_lose_three_two_and_one_point_per_step(self) -> None:
        assert len(PAIRS_OF_TRIPLES) == 14_400
        for x, y in PAIRS_OF_TRIPLES:
            first, second, third = (DISTANCES[a][RING.index(b)] for a, b in zip(x, y, strict=True))
            assert c_index(x, y) == 18 - 3 * first - 2 * second - third, (x, y)

    def test_is_symmetric_and_bounded_over_all_pairs(self) -> None:
        found = {pair: c_index(*pair) for pair in PAIRS_OF_TRIPLES}
        assert all(found[x, y] == found[y, x] for x, y in PAIRS_OF_TRIPLES)
        assert min(found.values()) == 0
        assert max(found.values()) == 18

    def test_eighteen_means_the_same_code(self) -> None:
        same = [(x, y) for x, y in PAIRS_OF_TRIPLES if c_index(x, y) == 18]
        assert same == [(code, code) for code in TRIPLES]


class TestPaddedCIndex:
    @pytest.mark.parametrize(
        ("x", "y", "expected"),
        [
            ("R", "R", "18"),  # 9 of 9
            ("R", "I", "12"),  # 6 of 9
            ("R", "A", "6"),  # 3 of 9
            ("R", "S", "0"),
            ("RI", "RI", "18"),  # 15 of 15
            ("RI", "RA", "15.6"),  # (9 + 4) · 18/15
            ("RI", "IR", "12"),  # (6 + 4) · 18/15
            ("RC", "RE", "15.6"),  # (9 + 4) · 18/15
            ("RI", "RE", "10.8"),  # (9 + 0) · 18/15
            ("RI", "SA", "4.8"),  # (0 + 4) · 18/15
        ],
    )
    def test_codes_of_equal_length(self, x: str, y: str, expected: str) -> None:
        assert c_index(x, y) == Decimal(expected)

    @pytest.mark.parametrize(
        ("x", "y", "expected"),
        [
            ("RIA", "R", "18"),  # one position in common: 9 of 9
            ("RIA", "RI", "18"),  # two positions in common: 15 of 15
            ("RIA", "I", "12"),  # 6 of 9
            ("RIA", "RA", "15.6"),  # 13 of 15
            ("RIA", "AI", "10.8"),  # (3 + 6) · 18/15
        ],
    )
    def test_only_the_common_positions_count(self, x: str, y: str, expected: str) -> None:
        assert c_index(x, y) == Decimal(expected)
        assert c_index(y, x) == Decimal(expected)

    def test_is_symmetric_and_bounded_over_all_codes(self) -> None:
        found = {pair: c_index(*pair) for pair in product(all_codes(), repeat=2)}
        assert all(value == found[y, x] for (x, y), value in found.items())
        assert all(0 <= value <= 18 for value in found.values())

    def test_eighteen_means_that_one_code_begins_with_the_other(self) -> None:
        for x, y in product(all_codes(), repeat=2):
            assert (c_index(x, y) == 18) == (x.startswith(y) or y.startswith(x)), (x, y)


class TestCodes:
    def test_six_singles_thirty_pairs_and_all_triples(self) -> None:
        codes = all_codes()
        assert [len(code) for code in codes] == [1] * 6 + [2] * 30 + [3] * 120
        assert len(set(codes)) == 156
        assert all(len(set(code)) == len(code) for code in codes)

    def test_each_block_stands_in_holland_order(self) -> None:
        numbers = [int("".join(str(RING.index(x) + 1) for x in code)) for code in all_codes()]
        # A one-letter number is below 10, a two-letter one below 100: one ascending list.
        assert numbers == sorted(numbers)

    @pytest.mark.parametrize(
        ("place", "code"),
        [(1, "R"), (6, "C"), (7, "RI"), (11, "RC"), (12, "IR"), (36, "CE"), (37, "RIA"),
         (38, "RIS"), (156, "CES")],
    )  # fmt: skip
    def test_the_id_of_a_code_in_an_empty_table(self, place: int, code: str) -> None:
        assert all_codes()[place - 1] == code

    def test_a_code_precedes_its_continuations(self) -> None:
        codes = ["CE", "RA", "I", "RIA", "C", "RI", "AR", "R", "RIS", "IR"]
        expected = ["R", "RI", "RIA", "RIS", "RA", "I", "IR", "AR", "C", "CE"]
        assert sorted(codes, key=holland_key) == expected
