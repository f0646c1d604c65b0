"""Candidate expansion: every tier on paper, the continuation, the minimum rule."""

import pytest

from app.career_profile.riasec.expansion import Strategy
from tests.career_profile.riasec.expansions import ids, one_of_each, profession, rows, run, several


class TestTripleCode:
    def test_ria_finds_every_code_of_its_tiers(self) -> None:
        # Scores of tier 2: 0.85 + 0.10·C/18 (permutation) or 0.85 + 0.05·C/18 (adjacent).
        assert rows(run("RIA", one_of_each())) == [
            ("RIA", 1, "exact_match", "1.0"),
            ("RAI", 2, "congruent_permutation", "0.93"),  # C 15: 0.0833
            ("IRA", 2, "congruent_permutation", "0.92"),  # C 13: 0.0722
            ("IAR", 2, "congruent_permutation", "0.91"),  # C 11: 0.0611
            ("AIR", 2, "congruent_permutation", "0.91"),  # C 10: 0.0556
            ("RIS", 2, "congruent_adjacent", "0.90"),  # A to S, C 17: 0.0472
            ("ARI", 2, "congruent_permutation", "0.90"),  # C 9: 0.0500
            ("CIA", 2, "congruent_adjacent", "0.89"),  # R to C, C 15: 0.0417
            ("RI", 3, "subset_adjacent", "0.80"),
            ("IA", 3, "subset_adjacent", "0.75"),
            ("RA", 3, "subset_alternate", "0.68"),
            ("R", 4, "dominant_single", "0.55"),
        ]

    def test_rie_has_an_opposite_pair_behind_its_first_letter(self) -> None:
        assert rows(run("RIE", one_of_each())) == [
            ("RIE", 1, "exact_match", "1.0"),
            ("IRE", 2, "congruent_permutation", "0.92"),  # 6 + 4 + 3 = 13: 0.0722
            ("EIR", 2, "congruent_permutation", "0.91"),  # 3 + 6 + 1 = 10: 0.0556
            ("RIS", 2, "congruent_adjacent", "0.90"),  # E to S, 9 + 6 + 2 = 17: 0.0472
            ("RIC", 2, "congruent_adjacent", "0.90"),  # E to C, 17
            ("REI", 2, "congruent_permutation", "0.90"),  # 9 + 0 + 0 = 9: 0.0500
            ("RAE", 2, "congruent_adjacent", "0.89"),  # I to A, 9 + 4 + 3 = 16: 0.0444
            ("IER", 2, "congruent_permutation", "0.89"),  # 6 + 0 + 1 = 7: 0.0389
            ("ERI", 2, "congruent_permutation", "0.89"),  # 3 + 4 + 0 = 7: 0.0389
            ("CIE", 2, "congruent_adjacent", "0.89"),  # R to C, 6 + 6 + 3 = 15: 0.0417
            ("RI", 3, "subset_adjacent", "0.80"),
            ("IE", 3, "subset_adjacent", "0.75"),
            ("RE", 3, "subset_alternate", "0.68"),
            ("R", 4, "dominant_single", "0.55"),
        ]

    def test_the_strategy_is_the_four_tiers(self) -> None:
        found = run("RIA", one_of_each())
        assert found.strategy is Strategy.FOUR_TIER
        assert found.strategy.value == "4_tier_expansion"
        assert {item.path for item in found.candidates} == {None}


class TestDualCode:
    def test_ri_skips_tier_two_and_falls_back_to_its_letters(self) -> None:
        # Tier 4 would find R again: it stays where it was found first.
        assert rows(run("RI", one_of_each())) == [
            ("RI", 1, "exact_match", "1.0"),
            ("R", 3, "subset_adjacent", "0.75"),
            ("I", 3, "subset_adjacent", "0.68"),
        ]


class TestSingleCode:
    def test_three_professions_of_the_letter_are_all(self) -> None:
        catalogue = [*several("A", 3), *one_of_each()[6:]]
        assert rows(run("A", catalogue)) == [("A", 1, "exact_match", "1.0")] * 3

    def test_tier_four_finds_the_same_code_again(self) -> None:
        found = run("A", several("A", 2))
        assert rows(found) == [("A", 1, "exact_match", "1.0")] * 2


class TestContinuation:
    @pytest.mark.parametrize(
        ("exact", "tiers"),
        [(14, {1: 14, 2: 2}), (15, {1: 15})],
        ids=["one too few", "enough"],
    )
    def test_tier_two_runs_below_fifteen(self, exact: int, tiers: dict[int, int]) -> None:
        catalogue = [*several("RIA", exact), profession(90, "RAI"), profession(91, "CIA")]
        found = run("RIA", catalogue)
        assert {t: sum(c.tier == t for c in found.candidates) for t in tiers} == tiers
        assert len(found.candidates) == sum(tiers.values())

    @pytest.mark.parametrize(
        ("continue_below", "codes"),
        [
            (3, ["RIA", "RAI", "CIA"]),
            (4, ["RIA", "RAI", "CIA", "RI", "RA"]),
            (5, ["RIA", "RAI", "CIA", "RI", "RA"]),
            (6, ["RIA", "RAI", "CIA", "RI", "RA", "R"]),
        ],
    )
    def test_a_tier_that_runs_joins_as_a_whole(self, continue_below: int, codes: list[str]) -> None:
        catalogue = one_of_each(["R", "RA", "RI", "CIA", "RAI", "RIA"])
        found = run("RIA", catalogue, continue_below)
        assert [item.code for item in found.candidates] == codes


class TestMinimumRule:
    def test_fewer_than_three_call_for_every_code_of_the_first_letter(self) -> None:
        catalogue = [
            profession(6, "REC"),  # shares R; C 9 + 4 + 1 = 14
            profession(9, "RES"),  # shares R; C 14, S before C
            profession(4, "RES"),
            profession(3, "REA"),  # shares R; C 9 + 4 + 2 = 15
            profession(1, "RE"),  # shares R; padded C (9 + 4) · 18/15 = 15.6
            profession(2, "RCE"),  # shares RC; C 9 + 6 + 0 = 15
            profession(7, "R"),  # found by tier 4
            profession(5, "ESA"),  # another first letter
        ]
        found = run("RCI", catalogue)
        assert [(item.code, item.profession_id) for item in found.candidates] == [
            ("R", 7),
            ("RCE", 2),
            ("RE", 1),
            ("REA", 3),
            ("RES", 4),
            ("RES", 9),
            ("REC", 6),
        ]
        assert rows(found)[:2] == [
            ("R", 4, "dominant_single", "0.55"),
            ("RCE", 4, "dominant_single", "0.50"),
        ]
        assert {row[1:] for row in rows(found)[1:]} == {(4, "dominant_single", "0.50")}

    def test_two_candidates_are_too_few(self) -> None:
        found = run("RI", [profession(1, "RI"), profession(2, "I"), profession(3, "RSE")])
        assert rows(found) == [
            ("RI", 1, "exact_match", "1.0"),
            ("I", 3, "subset_adjacent", "0.68"),
            ("RSE", 4, "dominant_single", "0.50"),
        ]

    def test_three_candidates_are_enough(self) -> None:
        catalogue = [profession(1, "RI"), profession(2, "I"), profession(3, "R")]
        found = run("RI", [*catalogue, profession(4, "RSE")])
        assert sorted(ids(found)) == [1, 2, 3]

    def test_it_follows_the_last_tier_whatever_the_continuation(self) -> None:
        found = run("E", [profession(1, "E"), profession(2, "EC"), profession(3, "ES")], 3)
        # Both share E and C = 18: Holland order puts ES first.
        assert [item.code for item in found.candidates] == ["E", "ES", "EC"]

    def test_no_profession_of_the_first_letter_gives_no_candidates(self) -> None:
        found = run("R", [profession(1, "I"), profession(2, "IR")])
        assert found.candidates == ()
