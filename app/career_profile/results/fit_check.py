"""How well a target profession fits: the user's code against the profession's, by rule."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from app.career_profile.decimals import round_half_up
from app.career_profile.riasec.hexagon import MAX_SIMILARITY, are_opposite, distance

SCORE_PLACES = 2


class MatchCategory(StrEnum):
    HIGH = "HIGH"
    MEDIUM = "MEDIUM"
    LOW = "LOW"


class FitRule(StrEnum):
    """The rule that decided; the first that holds, in this order."""

    EXACT_MATCH = "exact_match"
    PERMUTATION_MATCH = "permutation_match"
    DOMINANT_SAME = "dominant_same"
    ADJACENT_DOMINANT = "adjacent_dominant"
    CLOSE_PROFILE = "close_profile"
    MISMATCH = "mismatch"

    @property
    def category(self) -> MatchCategory:
        if self in (FitRule.EXACT_MATCH, FitRule.PERMUTATION_MATCH):
            return MatchCategory.HIGH
        return MatchCategory.LOW if self is FitRule.MISMATCH else MatchCategory.MEDIUM


MATCH_LABELS = {
    MatchCategory.HIGH: "Kecocokan Tinggi",
    MatchCategory.MEDIUM: "Kecocokan Sedang",
    MatchCategory.LOW: "Kecocokan Rendah",
}
Stars = Literal[1, 2, 3]
MATCH_STARS: Mapping[MatchCategory, Stars] = {
    MatchCategory.HIGH: 3,
    MatchCategory.MEDIUM: 2,
    MatchCategory.LOW: 1,
}


@dataclass(frozen=True, slots=True)
class FitCheck:
    """`match_score` is 1 (every common position the same) to 0 (all opposite), 2 decimals.

    `is_adjacent_hexagon`: the first letters are the same or neighbours.
    """

    rule: FitRule
    dominant_letter_same: bool
    is_adjacent_hexagon: bool
    match_score: Decimal

    @property
    def category(self) -> MatchCategory:
        return self.rule.category


def check_fit(user_code: str, profession_code: str) -> FitCheck:
    """The verdict on two codes of one to three letters."""
    apart = [distance(x, y) for x, y in zip(user_code, profession_code, strict=False)]
    mean = Decimal(sum(apart)) / len(apart)
    return FitCheck(
        rule=_deciding_rule(user_code, profession_code),
        dominant_letter_same=apart[0] == 0,
        is_adjacent_hexagon=apart[0] <= 1,
        match_score=round_half_up(1 - mean / MAX_SIMILARITY, SCORE_PLACES),
    )


def _deciding_rule(user_code: str, profession_code: str) -> FitRule:
    first_apart = distance(user_code[0], profession_code[0])
    if user_code == profession_code:
        return FitRule.EXACT_MATCH
    if first_apart == 0 and set(user_code) == set(profession_code):
        return FitRule.PERMUTATION_MATCH
    if first_apart == 0:
        return FitRule.DOMINANT_SAME
    if first_apart == 1:
        return FitRule.ADJACENT_DOMINANT
    pairs = zip(user_code, profession_code, strict=False)
    if any(are_opposite(x, y) for x, y in pairs):
        return FitRule.MISMATCH
    return FitRule.CLOSE_PROFILE
