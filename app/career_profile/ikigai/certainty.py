"""How sure the first places of a ranking are: would the model, asked again, name them again?"""

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise

from app.career_profile.ikigai.ranking import RankedProfession

# Points of the total by which the distance of two neighbours at the top moves at most, in 95 of
# 100 repeated scorings; measured by `bench/certainty.py`, docs/decisions/0013-certainty.md.
NOISE = Decimal("11.0")
PLACES_THAT_MATTER = 3


class Certainty(StrEnum):
    CLEAR = "clear"
    CLOSE = "close"


def certainty_of(ranked: Sequence[RankedProfession]) -> Certainty:
    """CLOSE when the first two, or the second and third, are nearer to each other than NOISE.

    `ranked` is best first. The first two decide the order of the recommendation, the second and
    third who is in it; a ranking of one has nothing to be mistaken for.
    """
    top = ranked[:PLACES_THAT_MATTER]
    near = any(upper.total - lower.total < NOISE for upper, lower in pairwise(top))
    return Certainty.CLOSE if near else Certainty.CLEAR
