"""What holds for the scores and ranks of any session."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from app.career_profile.ikigai.dimensions import DIMENSIONS, Dimension
from app.career_profile.ikigai.ranking import (
    DimensionInput,
    Outcome,
    Ranking,
    rank_professions,
    score_dimension,
)
from app.career_profile.ikigai.relevance import Judgement
from tests.career_profile.ikigai.scores import FLOOR, HALF, d, judged

properties = settings(max_examples=100, deadline=None, derandomize=True, database=None)

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
