"""The interest instrument: Likert items, the two forms, and the draw of a session's set."""

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

from app.career_profile.riasec.hexagon import LETTERS, Letter

QuestionId = NewType("QuestionId", int)

BANK_VERSION = "1.0"
ITEMS_PER_LETTER = 12
LIKERT_MIN = 1
LIKERT_MAX = 5
SCALE_LABELS: Mapping[int, str] = {
    1: "Sangat tidak setuju",
    2: "Tidak setuju",
    3: "Netral",
    4: "Setuju",
    5: "Sangat setuju",
}


class FormName(StrEnum):
    SHORT = "short"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Form:
    """A form and the thresholds of its scores (sums of Likert answers).

    `short` is `full` rescaled onto its range and rounded up; the relative gap has no unit.
    """

    name: FormName
    items_per_letter: int
    strong_first: int
    clear_gap: int
    strong_second: int
    refuse_below: int
    warn_below: int
    relative_gap_percent: int = 15

    @property
    def letter_min(self) -> int:
        return self.items_per_letter * LIKERT_MIN

    @property
    def letter_max(self) -> int:
        return self.items_per_letter * LIKERT_MAX

    @property
    def total_questions(self) -> int:
        return self.items_per_letter * len(LETTERS)

    @property
    def version(self) -> str:
        """The session's `question_set_version`: form and bank."""
        return f"{self.name}-{BANK_VERSION}"


FORMS: Mapping[FormName, Form] = {
    FormName.SHORT: Form(FormName.SHORT, 2, 7, 2, 5, 20, 25),
    FormName.FULL: Form(FormName.FULL, 12, 40, 9, 30, 120, 150),
}


def form_of_version(question_set_version: str | None) -> Form:
    """The form that a session was started with, whatever the setting of the day says.

    None: a row of before there were two; it was the short one.
    """
    if question_set_version is None:
        return FORMS[FormName.SHORT]
    return FORMS[FormName(question_set_version.partition("-")[0])]


@dataclass(frozen=True, slots=True)
class Item:
    """One Likert item; ids 1-12 R, 13-24 I, 25-36 A, 37-48 S, 49-60 E, 61-72 C."""

    question_id: QuestionId
    letter: Letter
    text: str


class QuestionBank:
    """The 72 items in id order."""

    def __init__(self, items: Iterable[Item]) -> None:
        self.items: tuple[Item, ...] = tuple(items)
        self._by_id = {item.question_id: item for item in self.items}
        self._ids_of = {
            letter: tuple(item.question_id for item in self.items if item.letter is letter)
            for letter in LETTERS
        }

    def __getitem__(self, question_id: int) -> Item:
        return self._by_id[QuestionId(question_id)]

    def ids_of(self, letter: Letter) -> tuple[QuestionId, ...]:
        return self._ids_of[letter]


def draw_question_set(bank: QuestionBank, form: Form, session_token: str) -> list[QuestionId]:
    """The session's items in display order; no two neighbours share a letter.

    Reproducible: seeded by the token with a generator of its own. Each round takes one item of
    every letter in a shuffled order that does not begin with the letter that ended the round
    before.
    """
    rng = random.Random(session_token)  # noqa: S311 - an order to display, nothing secret
    drawn = {letter: rng.sample(bank.ids_of(letter), form.items_per_letter) for letter in LETTERS}
    order: list[QuestionId] = []
    last: Letter | None = None
    for round_index in range(form.items_per_letter):
        letters = list(LETTERS)
        rng.shuffle(letters)
        if letters[0] is last:
            other = rng.randrange(1, len(letters))
            letters[0], letters[other] = letters[other], letters[0]
        order.extend(drawn[letter][round_index] for letter in letters)
        last = letters[-1]
    return order


def score_answers(bank: QuestionBank, answers: Mapping[int, int]) -> dict[Letter, int]:
    """Plain sum of the Likert answers per letter; the letter comes from the bank."""
    scores = dict.fromkeys(LETTERS, 0)
    for question_id, value in answers.items():
        scores[bank[question_id].letter] += value
    return scores


def set_differences(
    issued: Sequence[int], answered: Sequence[int]
) -> tuple[list[int], list[int], list[int]]:
    """(missing, extra, duplicate) ids of an answer sheet against the issued set, ascending."""
    issued_ids, answered_ids = set(issued), set(answered)
    duplicates = [question_id for question_id, times in Counter(answered).items() if times > 1]
    return (
        sorted(issued_ids - answered_ids),
        sorted(answered_ids - issued_ids),
        sorted(duplicates),
    )
