"""From letter scores to a Holland code: validity, then classification."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.career_profile.riasec.hexagon import HOLLAND_INDEX, Letter, are_opposite
from app.career_profile.riasec.instrument import Form

LetterScores = Mapping[Letter, int]


class CodeType(StrEnum):
    SINGLE = "single"
    DUAL = "dual"
    TRIPLE = "triple"


class Validity(StrEnum):
    """Whether an answer sheet can be scored; the first two are refused."""

    FLAT = "flat"
    TOO_LOW = "too_low"
    LOW = "low"
    FINE = "fine"


@dataclass(frozen=True, slots=True)
class Classification:
    """`code` holds 1 to 3 letters, strongest first. Inconsistent: the first two are opposite."""

    code: str
    code_type: CodeType
    is_inconsistent: bool


def judge_validity(scores: LetterScores, form: Form) -> Validity:
    """FLAT when all six are equal, TOO_LOW below the refusal total, LOW below the warning."""
    total = sum(scores.values())
    if len(set(scores.values())) == 1:
        return Validity.FLAT
    if total < form.refuse_below:
        return Validity.TOO_LOW
    return Validity.LOW if total < form.warn_below else Validity.FINE


def rank_letters(scores: LetterScores) -> list[Letter]:
    """By score, highest first; Holland order decides ties."""
    return sorted(scores, key=lambda letter: (-scores[letter], HOLLAND_INDEX[letter]))


def classify(scores: LetterScores, form: Form) -> Classification:
    """Single, dual or triple code of a valid profile."""
    ranked = rank_letters(scores)
    code_type = _code_type([scores[letter] for letter in ranked], form)
    length = {CodeType.SINGLE: 1, CodeType.DUAL: 2, CodeType.TRIPLE: 3}[code_type]
    code = "".join(ranked[:length])
    return Classification(code, code_type, length > 1 and are_opposite(code[0], code[1]))


def _code_type(ranked_scores: list[int], form: Form) -> CodeType:
    first, second, third = ranked_scores[:3]
    if first < form.strong_first:
        return CodeType.TRIPLE
    gap = first - second
    if gap >= form.clear_gap and 100 * gap >= form.relative_gap_percent * first:
        return CodeType.SINGLE
    dual = gap < form.clear_gap and second - third >= form.clear_gap
    return CodeType.DUAL if dual and second >= form.strong_second else CodeType.TRIPLE
