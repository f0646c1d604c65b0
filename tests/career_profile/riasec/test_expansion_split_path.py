"""Candidate expansion of a code whose first letters are opposite: two paths."""

import pytest

from app.career_profile.riasec.expansion import Strategy
from tests.career_profile.riasec.expansions import ids, one_of_each, profession, rows, run, several


class TestSplitPath:
    def test_both_directions_alternate_within_tier_and_score(self) -> None:
        catalogue = [
            profession(11, "R"),
            profession(9, "R"),
            profession(5, "R"),
            profession(3, "S"),
            profession(1, "RC"),
            profession(8, "RI"),
            profession(2, "SE"),
            profession(7, "SA"),
            profession(20, "SC"),
        ]
        found = run("RS", [*catalogue, profession(21, "RS"), profession(22, "E")])
        assert [(c.profession_id, c.code, c.tier, c.path) for c in found.candidates] == [
            (5, "R", 1, "A"),
            (3, "S", 1, "B"),
            (9, "R", 1, "A"),
            (11, "R", 1, "A"),
            (8, "RI", 2, "A"),
            (7, "SA", 2, "B"),
            (1, "RC", 2, "A"),
            (2, "SE", 2, "B"),
        ]
        assert [row[2:] for row in rows(found)] == [
            *[("exact_match", "1.0")] * 4,
            *[("congruent_adjacent", "0.85")] * 4,
        ]

    def test_the_strategy_says_so(self) -> None:
        found = run("RS", one_of_each())
        assert found.strategy is Strategy.SPLIT_PATH
        assert found.strategy.value == "split_path"

    @pytest.mark.parametrize(
        ("code", "expected"),
        [
            ("RSE", ["R", "S", "RI", "SA", "RC", "SE"]),
            ("SR", ["S", "R", "SA", "RI", "SE", "RC"]),
            ("IEC", ["I", "E", "IR", "ES", "IA", "EC"]),
            ("CA", ["C", "A", "CR", "AI", "CE", "AS"]),
        ],
    )
    def test_each_letter_alone_then_with_its_neighbours(
        self, code: str, expected: list[str]
    ) -> None:
        assert [item.code for item in run(code, one_of_each()).candidates] == expected

    @pytest.mark.parametrize(
        ("second_letter", "expected"),
        [(7, {1}), (6, {1, 2})],
        ids=["8 + 7 are fifteen", "8 + 6 are not"],
    )
    def test_both_paths_count_together_for_the_next_tier(
        self, second_letter: int, expected: set[int]
    ) -> None:
        catalogue = [
            *several("R", 8),
            *several("S", second_letter, first_id=50),
            profession(90, "RI"),
            profession(91, "SA"),
        ]
        assert {item.tier for item in run("RS", catalogue).candidates} == expected

    def test_the_minimum_rule_helps_the_path_that_is_too_short(self) -> None:
        catalogue = [
            *several("R", 3),
            profession(40, "RAE"),  # path A has three: not called for
            profession(10, "S"),
            profession(11, "SE"),
            profession(12, "SI"),  # padded C with RSE: (0 + 2) · 18/15 = 2.4
            profession(13, "SCE"),  # C 0 + 2·1 + 3 = 5
            profession(14, "SEA"),  # C 0 + 2·2 + 1 = 5, E before C
            profession(15, "SAE"),  # C 0 + 2·2 + 3 = 7
        ]
        found = run("RSE", catalogue)
        assert [(c.profession_id, c.tier, c.path) for c in found.candidates] == [
            (1, 1, "A"),
            (10, 1, "B"),
            (2, 1, "A"),
            (3, 1, "A"),
            (11, 2, "B"),
            (15, 4, "B"),
            (14, 4, "B"),
            (13, 4, "B"),
            (12, 4, "B"),
        ]
        assert rows(found)[-1] == ("SI", 4, "dominant_single", "0.50")

    def test_the_minimum_rule_for_both_paths_alternates_too(self) -> None:
        catalogue = [
            profession(1, "RAE"),  # shares R with RSE: C 9 + 4 + 3 = 16
            profession(2, "RSE"),  # shares all three
            profession(3, "RCE"),  # shares R: C 9 + 2·1 + 3 = 14
            profession(4, "SIR"),  # C 0 + 2·1 + 1 = 3
        ]
        found = run("RSE", catalogue)
        assert [(c.profession_id, c.path) for c in found.candidates] == [
            (2, "A"),
            (4, "B"),
            (1, "A"),
            (3, "A"),
        ]

    def test_three_in_path_a_do_not_excuse_path_b(self) -> None:
        found = run("IE", [*several("I", 3), profession(9, "ERC")])
        assert [(c.profession_id, c.path) for c in found.candidates][-1] == (9, "B")

    def test_three_candidates_need_no_help(self) -> None:
        catalogue = [*several("I", 3), *several("E", 3, first_id=10), profession(20, "ERC")]
        assert sorted(ids(run("IE", catalogue))) == [1, 2, 3, 10, 11, 12]

    def test_one_empty_direction_leaves_the_other(self) -> None:
        found = run("RS", [profession(1, "R"), profession(2, "RI")])
        assert [(c.profession_id, c.path) for c in found.candidates] == [(1, "A"), (2, "A")]

    def test_the_cap_leaves_both_directions(self) -> None:
        found = run("RS", [*several("R", 40), *several("S", 40, first_id=100)])
        assert [item.path for item in found.candidates] == ["A", "B"] * 15
        assert ids(found)[-2:] == [15, 114]
