"""Candidate expansion: the one lookup of professions that it needs."""

from decimal import Decimal

import pytest

from app.career_profile.riasec.expansion import CodedProfession, first_codes, lookup_codes
from tests.career_profile.riasec.expansions import (
    ALL_CODES,
    CONTINUE_BELOW,
    one_of_each,
    profile,
    run,
)


class TestOneLookup:
    def test_a_triple_asks_for_its_tiers_and_for_its_first_letter(self) -> None:
        elsewhere = ["IA", "IRA", "IAR", "AIR", "ARI", "CIA"]
        expected = [code for code in ALL_CODES if code[0] == "R" or code in elsewhere]
        assert [*lookup_codes(profile("RIA"))] == expected
        assert len(expected) == 32  # 1 + 5 + 20 codes that begin with R, and six others

    def test_a_dual_asks_for_its_second_letter_too(self) -> None:
        expected = [code for code in ALL_CODES if code[0] == "R" or code == "I"]
        assert [*lookup_codes(profile("RI"))] == expected

    def test_a_single_asks_for_its_letter(self) -> None:
        assert [*lookup_codes(profile("S"))] == [code for code in ALL_CODES if code[0] == "S"]

    def test_a_split_path_asks_for_both_letters(self) -> None:
        assert [*lookup_codes(profile("AC"))] == [code for code in ALL_CODES if code[0] in "AC"]

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

    @pytest.mark.parametrize("code", ALL_CODES)
    def test_nothing_but_the_first_tier_is_needed_when_it_has_enough_of_each(
        self, code: str
    ) -> None:
        first = first_codes(profile(code))
        many = [
            CodedProfession(1000 * place + number, place, name)
            for place, name in enumerate(ALL_CODES)
            for number in range(CONTINUE_BELOW)
        ]
        enough = [item for item in many if item.code in first]
        assert run(code, enough, CONTINUE_BELOW) == run(code, many, CONTINUE_BELOW)

    @pytest.mark.parametrize("code", [code for code in ALL_CODES if len(code) == 2])
    def test_one_too_few_of_one_first_code_may_need_others(self, code: str) -> None:
        first = first_codes(profile(code))
        many = [
            CodedProfession(1000 * place + number, place, name)
            for place, name in enumerate(ALL_CODES)
            for number in range(2 if name == first[-1] else CONTINUE_BELOW)
        ]
        few = [item for item in many if item.code in first]
        assert run(code, few, CONTINUE_BELOW) != run(code, many, CONTINUE_BELOW)
