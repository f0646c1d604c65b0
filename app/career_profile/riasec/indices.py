"""Indices of an interest profile: how consistent, and how differentiated it is."""

from collections.abc import Collection
from decimal import Decimal
from enum import StrEnum

from app.career_profile.decimals import round_half_up
from app.career_profile.riasec.hexagon import distance
from app.career_profile.riasec.instrument import Form

DIFFERENTIATION_PLACES = 1


class Consistency(StrEnum):
    """How close the first two letters are on the hexagon (Holland)."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


BY_DISTANCE = {1: Consistency.HIGH, 2: Consistency.MEDIUM, 3: Consistency.LOW}


def consistency(code: str) -> Consistency | None:
    """Adjacent letters are high, alternate medium, opposite low; None for a single letter."""
    return BY_DISTANCE[distance(code[0], code[1])] if len(code) > 1 else None


def differentiation(scores: Collection[int], form: Form) -> Decimal:
    """Iachan's L1 = x1 - (x2 + x4)/2 on scores rescaled to 0-100; 1 decimal, rounded once.

    Iachan (1984), "A measure of agreement for use with the Holland classification system",
    Journal of Vocational Behavior 24. `scores` are the six raw sums, in any order.
    """
    ranked = sorted(scores, reverse=True)
    spread = Decimal(50 * (2 * ranked[0] - ranked[1] - ranked[3]))
    return round_half_up(spread / (form.letter_max - form.letter_min), DIFFERENTIATION_PLACES)
