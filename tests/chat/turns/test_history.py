"""The window of a talk: whole messages, the newest ones, within the budget."""

from hypothesis import given
from hypothesis import strategies as st

from app.chat.turns.history import TOKENS_PER_LINE, Line, newest_within

LINES = st.lists(
    st.builds(Line, st.sampled_from(["user", "assistant"]), st.text(max_size=80)), max_size=30
)


def said(text: str) -> Line:
    return Line("user", text)


def answered(text: str) -> Line:
    return Line("assistant", text)


class TestNewestWithin:
    def test_all_of_a_short_talk_oldest_first(self) -> None:
        talk = [said("c"), answered("b"), said("a")]
        assert newest_within(talk, 6000) == talk[::-1]

    def test_seven_characters_are_two_tokens_beside_the_frame(self) -> None:
        assert said("a" * 7).tokens == 2 + TOKENS_PER_LINE
        assert said("a" * 8).tokens == 3 + TOKENS_PER_LINE

    def test_the_oldest_is_dropped_first_and_never_in_part(self) -> None:
        talk = [said("baru"), said("x" * 350), said("lama")]
        assert newest_within(talk, 100) == [said("baru")]

    def test_an_answer_does_not_stay_without_its_question(self) -> None:
        talk = [said("b"), answered("jawab"), said("x" * 3500)]
        assert newest_within(talk, 50) == [said("b")]

    def test_a_welcome_that_opens_the_talk_stays(self) -> None:
        talk = [said("b"), answered("selamat datang")]
        assert newest_within(talk, 50) == talk[::-1]

    @given(LINES, st.integers(0, 300))
    def test_always_the_newest_ones_within_the_budget(self, talk: list[Line], budget: int) -> None:
        window = newest_within(talk, budget)
        assert window == talk[: len(window)][::-1]
        assert sum(line.tokens for line in window) <= budget
