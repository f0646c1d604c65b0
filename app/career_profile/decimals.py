"""Exact decimal arithmetic for scores: no binary floats, every rounding half up."""

from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Annotated

from pydantic import PlainSerializer

# A score inside a document or a response: exact in Python, a plain number in JSON.
Score = Annotated[Decimal, PlainSerializer(float, return_type=float)]


def exact(value: float | str | Decimal) -> Decimal:
    """The decimal that a person reads: 0.1 is 0.1, not its binary neighbour."""
    return Decimal(str(value))


def round_half_up(value: Decimal, places: int) -> Decimal:
    return value.quantize(_unit(places), rounding=ROUND_HALF_UP)


@cache
def _unit(places: int) -> Decimal:
    return Decimal(1).scaleb(-places)
