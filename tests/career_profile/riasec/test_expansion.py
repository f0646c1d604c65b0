"""Candidate expansion: every tier on paper, the minimum rule, the split path, the order."""

from collections.abc import Iterable
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.career_profile.riasec.expansion import (
    DISPLAYED,
    Candidate,
    CodedProfession,
    CongruenceType,
    Expansion,
    Strategy,
    expand,
    lookup_codes,
)
from app.career_profile.riasec.hexagon import all_codes
from app.career_profile.riasec.scoring import Classification, CodeType

CONTINUE_BELOW = 15
OPPOSITE = ("RS", "SR", "IE", "EI", "AC", "CA")
TYPE_OF_LENGTH = {1: CodeType.SINGLE, 2: CodeType.DUAL, 3: CodeType.TRIPLE}
ALL_CODES = all_codes()

properties = settings(max_examples=100, deadline=None, derandomize=True, database=None)


def profile(code: str) -> Classification:
    return Classification(code, TYPE_OF_LENGTH[len(code)], code[:2] in OPPOSITE)


def profession(profession_id: int, code: str) -> CodedProfession:
    return CodedProfession(profession_id, ALL_CODES.index(code) + 1, code)


def one_of_each(codes: Iterable[str] = ALL_CODES) -> list[CodedProfession]:
    """A catalogue with one profession per code; ids count against the Holland order."""
    return [profession(500 - place, code) for place, code in enumerate(codes)]


def several(code: str, count: int, first_id: int = 1) -> list[CodedProfession]:
    return [profession(first_id + number, code) for number in range(count)]


def run(
    code: str, professions: Iterable[CodedProfession], continue_below: int = CONTINUE_BELOW
) -> Expansion:
    return expand(profile(code), professions, continue_below)


def rows(expansion: Expansion) -> list[tuple[str, int, str, str]]:
    return [
        (item.code, item.tier, item.congruence_type.value, str(item.congruence_score))
        for item in expansion.candidates
    ]


def ids(expansion: Expansion) -> list[int]:
    return [item.profession_id for item in expansion.candidates]


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


class TestOrderAndCap:
    def test_equal_tier_and_score_follow_holland_order_then_id(self) -> None:
        # All 0.91 or 0.90 for RIA; ids speak against the Holland order of the codes.
        catalogue = [
            profession(1, "AIR"),
            profession(7, "IAR"),
            profession(6, "IAR"),
            profession(2, "ARI"),
            profession(9, "RIS"),
        ]
        assert ids(run("RIA", catalogue)) == [6, 7, 1, 9, 2]

    def test_thirty_is_the_end(self) -> None:
        found = run("RIA", [*several("RAI", 20, first_id=100), *several("RIA", 12)])
        assert len(found.candidates) == 30
        assert ids(found) == [*range(1, 13), *range(100, 118)]

    def test_the_cap_cuts_the_finished_order(self) -> None:
        # 31 of one code, the smallest id last in the input.
        found = run("C", list(reversed(several("C", 31))))
        assert ids(found) == list(range(1, 31))

    def test_display_order_counts_from_one(self) -> None:
        found = run("RIA", one_of_each())
        assert [item.display_order for item in found.candidates] == list(range(1, 13))

    def test_five_are_shown(self) -> None:
        assert DISPLAYED == 5

    def test_a_candidate_carries_the_profession_and_its_code(self) -> None:
        found = run("RIA", [CodedProfession(77, 4711, "RAI"), *several("R", 2)])
        assert found.candidates[0] == Candidate(
            profession_id=77,
            riasec_code_id=4711,
            code="RAI",
            tier=2,
            congruence_type=CongruenceType.CONGRUENT_PERMUTATION,
            congruence_score=Decimal("0.93"),
            path=None,
            display_order=1,
        )

    def test_the_lookup_may_be_read_only_once(self) -> None:
        # The rows of a database cursor: every tier must still see all of them.
        catalogue = one_of_each()
        assert run("RIA", iter(catalogue)) == run("RIA", catalogue)


class TestOneLookup:
    def test_a_triple_asks_for_its_tiers_and_for_its_first_letter(self) -> None:
        elsewhere = ["IA", "IRA", "IAR", "AIR", "ARI", "CIA"]
        expected = [code for code in ALL_CODES if code[0] == "R" or code in elsewhere]
        assert lookup_codes(profile("RIA")) == expected
        assert len(expected) == 32  # 1 + 5 + 20 codes that begin with R, and six others

    def test_a_dual_asks_for_its_second_letter_too(self) -> None:
        expected = [code for code in ALL_CODES if code[0] == "R" or code == "I"]
        assert lookup_codes(profile("RI")) == expected

    def test_a_single_asks_for_its_letter(self) -> None:
        assert lookup_codes(profile("S")) == [code for code in ALL_CODES if code[0] == "S"]

    def test_a_split_path_asks_for_both_letters(self) -> None:
        assert lookup_codes(profile("AC")) == [code for code in ALL_CODES if code[0] in "AC"]

    @pytest.mark.parametrize("code", ALL_CODES)
    def test_nothing_outside_the_lookup_is_ever_needed(self, code: str) -> None:
        catalogue = one_of_each()
        wanted = set(lookup_codes(profile(code)))
        looked_up = [item for item in catalogue if item.code in wanted]
        for continue_below in (3, CONTINUE_BELOW):
            assert run(code, looked_up, continue_below) == run(code, catalogue, continue_below)

    @pytest.mark.parametrize("code", ALL_CODES)
    def test_the_minimum_rule_finds_what_the_lookup_brought(self, code: str) -> None:
        # Only professions that no tier names: they can join by the minimum rule alone.
        tiers = {item.code for item in run(code, one_of_each()).candidates if item.tier < 4}
        starts = code[:2] if profile(code).is_inconsistent else code[0]
        left = [c for c in ALL_CODES if c[0] in starts and c not in tiers and len(c) == 3]
        found = run(code, one_of_each(left))
        assert len(found.candidates) == min(30, len(left)) > 0
        assert {item.congruence_score for item in found.candidates} == {Decimal("0.50")}


catalogues = st.lists(st.sampled_from(ALL_CODES), max_size=60).map(
    lambda codes: [profession(place, code) for place, code in enumerate(codes, start=1)]
)


class TestProperties:
    @properties
    @given(
        code=st.sampled_from(ALL_CODES),
        catalogue=catalogues,
        continue_below=st.integers(3, 30),
        data=st.data(),
    )
    def test_the_order_of_the_lookup_decides_nothing(
        self,
        code: str,
        catalogue: list[CodedProfession],
        continue_below: int,
        data: st.DataObject,
    ) -> None:
        shuffled = data.draw(st.permutations(catalogue))
        assert run(code, shuffled, continue_below) == run(code, catalogue, continue_below)

    @properties
    @given(code=st.sampled_from(ALL_CODES), catalogue=catalogues, continue_below=st.integers(3, 30))
    def test_every_expansion_is_ordered_capped_and_free_of_repeats(
        self, code: str, catalogue: list[CodedProfession], continue_below: int
    ) -> None:
        found = run(code, catalogue, continue_below).candidates
        assert len(found) <= 30
        assert [item.display_order for item in found] == list(range(1, len(found) + 1))
        assert len({item.profession_id for item in found}) == len(found)
        places = [(item.tier, -item.congruence_score) for item in found]
        assert places == sorted(places)
        assert all(Decimal("0.50") <= item.congruence_score <= 1 for item in found)
        paths = {"A", "B"} if profile(code).is_inconsistent else {None}
        assert {item.path for item in found} <= paths
