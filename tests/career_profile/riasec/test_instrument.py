"""The instrument: two forms, the draw of a set, and the plain sums."""

import os
import random
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from math import ceil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import app
from app.career_profile.riasec.hexagon import Letter
from app.career_profile.riasec.instrument import (
    FORMS,
    SCALE_LABELS,
    Form,
    FormName,
    Item,
    QuestionBank,
    QuestionId,
    draw_question_set,
    form_of_version,
    score_answers,
    set_differences,
)

# First and last id of each letter, as the specification lists them.
ID_RANGES = {
    "R": (1, 12),
    "I": (13, 24),
    "A": (25, 36),
    "S": (37, 48),
    "E": (49, 60),
    "C": (61, 72),
}
LETTER_OF = {
    question_id: letter
    for letter, (first, last) in ID_RANGES.items()
    for question_id in range(first, last + 1)
}
BANK = QuestionBank(
    Item(QuestionId(question_id), Letter(letter), f"Butir {question_id}")
    for question_id, letter in LETTER_OF.items()
)
SHORT, FULL = FORMS[FormName.SHORT], FORMS[FormName.FULL]
BOTH_FORMS = pytest.mark.parametrize("form", [SHORT, FULL], ids=["short", "full"])

tokens = st.uuids(version=4).map(str)
properties = settings(max_examples=100, deadline=None, derandomize=True, database=None)


def letters_of(question_ids: list[QuestionId]) -> list[str]:
    return [LETTER_OF[question_id] for question_id in question_ids]


class TestForms:
    @pytest.mark.parametrize(
        ("form", "thresholds"),
        [(FULL, (40, 9, 30, 120, 150, 15)), (SHORT, (7, 2, 5, 20, 25, 15))],
        ids=["full", "short"],
    )
    def test_thresholds(self, form: Form, thresholds: tuple[int, ...]) -> None:
        assert (
            form.strong_first,
            form.clear_gap,
            form.strong_second,
            form.refuse_below,
            form.warn_below,
            form.relative_gap_percent,
        ) == thresholds

    def test_short_is_full_rescaled_and_rounded_up(self) -> None:
        # 2 items a letter instead of 12: a sixth of every threshold.
        for name in ("strong_first", "clear_gap", "strong_second", "refuse_below", "warn_below"):
            assert getattr(SHORT, name) == ceil(getattr(FULL, name) / 6), name

    @pytest.mark.parametrize(
        ("form", "ranges"),
        [(FULL, (12, 60, 72)), (SHORT, (2, 10, 12))],
        ids=["full", "short"],
    )
    def test_range_of_a_letter_and_length(self, form: Form, ranges: tuple[int, int, int]) -> None:
        assert (form.letter_min, form.letter_max, form.total_questions) == ranges

    def test_scale_labels(self) -> None:
        assert set(SCALE_LABELS) == {1, 2, 3, 4, 5}
        assert SCALE_LABELS[1] == "Sangat tidak setuju"
        assert SCALE_LABELS[5] == "Sangat setuju"


class TestVersion:
    def test_names_form_and_bank(self) -> None:
        assert (SHORT.version, FULL.version) == ("short-1.0", "full-1.0")

    @pytest.mark.parametrize(
        ("version", "form"),
        [("short-1.0", SHORT), ("full-1.0", FULL), ("full-0.9", FULL)],
    )
    def test_a_session_is_scored_by_its_own_version(self, version: str, form: Form) -> None:
        assert form_of_version(version) is form

    @pytest.mark.parametrize("version", ["", "medium-1.0", "1.0"])
    def test_an_unknown_version_is_no_form(self, version: str) -> None:
        with pytest.raises(ValueError, match="is not a valid FormName"):
            form_of_version(version)


class TestBank:
    def test_twelve_ids_per_letter(self) -> None:
        for letter, (first, last) in ID_RANGES.items():
            assert [*BANK.ids_of(Letter(letter))] == list(range(first, last + 1))

    def test_an_item_by_its_id(self) -> None:
        assert BANK[48].text == "Butir 48"
        assert BANK[48].letter is Letter.S

    def test_an_id_that_is_not_in_the_bank(self) -> None:
        with pytest.raises(KeyError):
            BANK[73]


class TestDraw:
    @properties
    @given(token=tokens)
    def test_short_takes_two_items_of_every_letter(self, token: str) -> None:
        drawn = draw_question_set(BANK, SHORT, token)
        assert Counter(letters_of(drawn)) == dict.fromkeys("RIASEC", 2)
        assert len(set(drawn)) == 12

    @properties
    @given(token=tokens)
    def test_full_takes_the_whole_bank_once(self, token: str) -> None:
        assert sorted(draw_question_set(BANK, FULL, token)) == list(range(1, 73))

    @BOTH_FORMS
    def test_no_two_neighbours_share_a_letter(self, form: Form) -> None:
        for number in range(400):
            letters = letters_of(draw_question_set(BANK, form, f"token-{number}"))
            assert all(one != next_one for one, next_one in pairwise(letters)), number

    @BOTH_FORMS
    def test_a_token_always_draws_the_same_set(self, form: Form) -> None:
        first = draw_question_set(BANK, form, "0b4ee5f7")
        random.seed(20261120)
        assert draw_question_set(BANK, form, "0b4ee5f7") == first

    def test_another_process_draws_the_same_set(self) -> None:
        # A seed made from hash(token) would differ: Python salts it per process.
        program = (
            "from tests.career_profile.riasec.test_instrument import BANK, SHORT\n"
            "from app.career_profile.riasec.instrument import draw_question_set\n"
            "print(draw_question_set(BANK, SHORT, '0b4ee5f7'))"
        )
        roots = (Path(app.__file__).parents[1], Path(__file__).parents[3])
        environment = {
            **os.environ,
            "PYTHONHASHSEED": "4711",
            "PYTHONPATH": os.pathsep.join(map(str, roots)),
        }
        result = subprocess.run(
            [sys.executable, "-c", program],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        assert result.stdout.strip() == str(draw_question_set(BANK, SHORT, "0b4ee5f7"))

    @BOTH_FORMS
    def test_the_global_generator_is_left_alone(self, form: Form) -> None:
        before = random.getstate()
        draw_question_set(BANK, form, "0b4ee5f7")
        assert random.getstate() == before

    def test_another_token_draws_another_set(self) -> None:
        sets = {tuple(draw_question_set(BANK, SHORT, f"token-{n}")) for n in range(100)}
        # 66 pairs for each of six letters: two equal sets among 100 would be a wonder.
        assert len(sets) == 100

    def test_every_item_comes_up(self) -> None:
        # An item is drawn with 1/6: absent from 400 draws once in 10^31.
        seen = {q for n in range(400) for q in draw_question_set(BANK, SHORT, f"token-{n}")}
        assert seen == set(range(1, 73))

    @BOTH_FORMS
    def test_any_letter_may_come_first_or_last(self, form: Form) -> None:
        drawn = [letters_of(draw_question_set(BANK, form, f"token-{n}")) for n in range(200)]
        assert {letters[0] for letters in drawn} == set("RIASEC")
        assert {letters[-1] for letters in drawn} == set("RIASEC")

    def test_the_order_of_the_letters_changes_within_a_set(self) -> None:
        letters = letters_of(draw_question_set(BANK, FULL, "0b4ee5f7"))
        rounds = {tuple(letters[start : start + 6]) for start in range(0, 72, 6)}
        assert len(rounds) > 1

    def test_the_items_of_a_letter_are_shuffled_too(self) -> None:
        drawn = draw_question_set(BANK, FULL, "0b4ee5f7")
        realistic = [question_id for question_id in drawn if question_id <= 12]
        assert realistic != sorted(realistic)


class TestScoreAnswers:
    def test_plain_sums_of_a_short_sheet(self) -> None:
        answers = {
            1: 5, 12: 4, 13: 4, 24: 4, 25: 3, 36: 4, 37: 2, 48: 2, 49: 1, 60: 2, 61: 1, 72: 1,
        }  # fmt: skip
        # Both borders of every id range: R 5+4, I 4+4, A 3+4, S 2+2, E 1+2, C 1+1.
        assert score_answers(BANK, answers) == {
            Letter.R: 9, Letter.I: 8, Letter.A: 7, Letter.S: 4, Letter.E: 3, Letter.C: 2,
        }  # fmt: skip

    @pytest.mark.parametrize(("answer", "expected"), [(1, 12), (3, 36), (5, 60)])
    def test_a_full_sheet_of_one_answer(self, answer: int, expected: int) -> None:
        answers = dict.fromkeys(range(1, 73), answer)
        assert score_answers(BANK, answers) == dict.fromkeys(Letter, expected)

    def test_a_letter_without_answers_has_zero(self) -> None:
        assert score_answers(BANK, {37: 4})[Letter.R] == 0

    def test_a_question_outside_the_bank(self) -> None:
        with pytest.raises(KeyError):
            score_answers(BANK, {73: 5})

    @properties
    @given(data=st.data(), token=tokens)
    def test_answers_may_come_in_any_order(self, data: st.DataObject, token: str) -> None:
        issued = draw_question_set(BANK, SHORT, token)
        values = data.draw(st.lists(st.integers(1, 5), min_size=12, max_size=12))
        answers: dict[int, int] = dict(zip(issued, values, strict=True))
        shuffled = dict(data.draw(st.permutations(list(answers.items()))))
        scores = score_answers(BANK, answers)
        assert score_answers(BANK, shuffled) == scores
        assert sum(scores.values()) == sum(values)
        assert all(2 <= score <= 10 for score in scores.values())


class TestSetDifferences:
    @pytest.mark.parametrize(
        ("answered", "missing", "extra", "duplicate"),
        [
            ([5, 20, 70], [], [], []),
            ([70, 5, 20], [], [], []),
            ([5, 20], [70], [], []),
            ([], [5, 20, 70], [], []),
            ([5, 20, 70, 9, 3], [], [3, 9], []),
            ([5, 20, 70, 5], [], [], [5]),
            ([20, 20, 20, 5, 5], [70], [], [5, 20]),
            ([5, 20, 71, 71], [70], [71], [71]),
        ],
        ids=[
            "complete",
            "complete in another order",
            "one unanswered",
            "nothing answered",
            "two foreign questions",
            "one answered twice",
            "two answered twice and one missing",
            "a foreign one answered twice",
        ],
    )
    def test_sheet_against_the_issued_set(
        self, answered: list[int], missing: list[int], extra: list[int], duplicate: list[int]
    ) -> None:
        assert set_differences([70, 5, 20], answered) == (missing, extra, duplicate)
