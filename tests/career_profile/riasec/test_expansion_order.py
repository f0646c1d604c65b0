"""Candidate expansion: the order of the candidates and the cap."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from app.career_profile.riasec.expansion import (
    DISPLAYED,
    Candidate,
    CodedProfession,
    CongruenceType,
)
from tests.career_profile.riasec.expansions import (
    ALL_CODES,
    ids,
    one_of_each,
    profession,
    profile,
    run,
    several,
)

properties = settings(max_examples=100, deadline=None, derandomize=True, database=None)


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
        )

    def test_the_lookup_may_be_read_only_once(self) -> None:
        # The rows of a database cursor: every tier must still see all of them.
        catalogue = one_of_each()
        assert run("RIA", iter(catalogue)) == run("RIA", catalogue)


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
        assert len({item.profession_id for item in found}) == len(found)
        places = [(item.tier, -item.congruence_score) for item in found]
        assert places == sorted(places)
        assert all(Decimal("0.50") <= item.congruence_score <= 1 for item in found)
        paths = {"A", "B"} if profile(code).is_inconsistent else {None}
        assert {item.path for item in found} <= paths
