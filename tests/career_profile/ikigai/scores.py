"""How the tests of scores and ranks write their inputs, and read what comes out."""

from collections.abc import Mapping
from decimal import Decimal

from app.career_profile.ikigai.dimensions import DIMENSIONS
from app.career_profile.ikigai.ranking import DimensionInput, DimensionScores, Outcome
from app.career_profile.ikigai.relevance import Judgement

FLOOR = Decimal("0.15")
HALF = Decimal("0.5")
LOVE, GOOD_AT, WORLD_NEEDS, PAID_FOR = DIMENSIONS


def d(value: str) -> Decimal:
    return Decimal(value)


def judged(r: Mapping[int, str], selected: int | None = None) -> DimensionInput:
    judgements = {pid: Judgement(Decimal(value)) for pid, value in r.items()}
    return DimensionInput(Outcome.JUDGED, judgements, selected)


def numbers(scores: DimensionScores) -> dict[int, tuple[str, str, str, str, str]]:
    """By profession: r_raw, r_normalized, text, click and total, without trailing zeros."""
    return {
        item.profession_id: (
            plain(item.r_raw),
            plain(item.r_normalized),
            plain(item.text_score),
            plain(item.click_score),
            plain(item.dimension_total),
        )
        for item in scores.scores
    }


def plain(value: Decimal) -> str:
    return format(value.normalize(), "f")
