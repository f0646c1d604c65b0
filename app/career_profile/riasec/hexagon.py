"""Holland's hexagon: letters on a ring, distances, and the congruence of codes."""

from decimal import Decimal
from enum import StrEnum
from functools import cache
from itertools import permutations

from app.career_profile.decimals import round_half_up

POSITION_WEIGHTS = (3, 2, 1)
MAX_SIMILARITY = 3


class Letter(StrEnum):
    """The six types in Holland order, R=1 ... C=6."""

    R = "R"
    I = "I"  # noqa: E741 - the letter is the field's own name
    A = "A"
    S = "S"
    E = "E"
    C = "C"


LETTERS: tuple[Letter, ...] = tuple(Letter)
TYPE_NAMES = {
    Letter.R: "Realistic",
    Letter.I: "Investigative",
    Letter.A: "Artistic",
    Letter.S: "Social",
    Letter.E: "Enterprising",
    Letter.C: "Conventional",
}
HOLLAND_INDEX = {letter.value: index for index, letter in enumerate(LETTERS)}


def distance(x: str, y: str) -> int:
    """The shorter way round the ring: 0 same, 1 adjacent, 2 alternate, 3 opposite."""
    steps = abs(HOLLAND_INDEX[x] - HOLLAND_INDEX[y])
    return min(steps, len(LETTERS) - steps)


def are_opposite(x: str, y: str) -> bool:
    return distance(x, y) == MAX_SIMILARITY


def neighbours(letter: str) -> tuple[str, str]:
    """The two adjacent letters, in Holland order."""
    index = HOLLAND_INDEX[letter]
    around = sorted(((index - 1) % len(LETTERS), (index + 1) % len(LETTERS)))
    return LETTERS[around[0]].value, LETTERS[around[1]].value


def c_index(x: str, y: str) -> Decimal:
    """Congruence of two codes, 0 to 18.

    For three-letter codes the C-index of Brown and Gore (1994), "An evaluation of interest
    congruence indices", Journal of Vocational Behavior 45: 3·f1 + 2·f2 + 1·f3, with f = 3 minus
    the distance at that position. For shorter codes the padded C-index: the same sum over the
    positions that both have, rescaled to 18, rounded half up to 2 places.
    """
    common = list(zip(POSITION_WEIGHTS, x, y, strict=False))
    reached = sum(weight * (MAX_SIMILARITY - distance(a, b)) for weight, a, b in common)
    maximum = sum(weight * MAX_SIMILARITY for weight, _, _ in common)
    full = sum(POSITION_WEIGHTS) * MAX_SIMILARITY
    return round_half_up(Decimal(reached * full) / Decimal(maximum), 2)


@cache  # of 156 codes
def holland_key(code: str) -> tuple[int, ...]:
    """Sort key of codes, letter by letter; a code precedes its continuations: R, RI, RIA, RA."""
    return tuple(HOLLAND_INDEX[letter] for letter in code)


def all_codes() -> list[str]:
    """The 156 codes: 6 singles, 30 pairs, 120 triples, each block in Holland order."""
    return ["".join(letters) for size in (1, 2, 3) for letters in permutations(LETTERS, size)]
