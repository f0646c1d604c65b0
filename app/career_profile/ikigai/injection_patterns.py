"""The wording of orders to the judge, compiled once from `lexicon/orders.toml`."""

import re
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

from app.core.worded import WordedPattern

PLACEHOLDER = re.compile(r"%(?:gap (\d+)|(\w+))%")


class Order(StrEnum):
    """Why a part of a text is no answer but an order to the judge."""

    OVERRIDE = "override"
    SCORE = "score"
    KEY = "key"
    FAKE_OUTPUT = "fake_output"
    FAKE_SYSTEM = "fake_system"
    ENCODED = "encoded"
    STUFFING = "stuffing"
    COPIED = "copied"
    ACCOMPLICE = "accomplice"


@dataclass(frozen=True, slots=True)
class OrderPattern:
    order: Order
    pattern: WordedPattern


@dataclass(frozen=True, slots=True)
class Wording:
    """`orders` are orders by themselves, `accomplices` beside one. `facing` and `beside` are signs
    of an order that names a candidate; `writer` speaks of oneself. `told`, `quoted` and `pointed`
    tell an account of an order from the order.
    """

    orders: tuple[OrderPattern, ...]
    accomplices: tuple[WordedPattern, ...]
    facing: tuple[WordedPattern, ...]
    beside: tuple[WordedPattern, ...]
    writer: WordedPattern
    told: WordedPattern
    quoted: re.Pattern[str]
    pointed: WordedPattern


@cache
def load_wording() -> Wording:
    file = files("app.career_profile.ikigai").joinpath("lexicon", "orders.toml")
    table = tomllib.loads(file.read_text(encoding="utf-8"))
    fragments: dict[str, str] = table["fragments"]

    def worded(pattern: str) -> WordedPattern:
        return WordedPattern(_expand(pattern, fragments))

    def several(name: str) -> tuple[WordedPattern, ...]:
        return tuple(worded(pattern) for pattern in table[name])

    return Wording(
        orders=tuple(
            OrderPattern(Order(name), worded(pattern))
            for name, patterns in table["orders"].items()
            for pattern in patterns
        ),
        accomplices=several("accomplices"),
        facing=several("facing"),
        beside=several("beside"),
        quoted=re.compile(_expand(table["quoted"], fragments)),
        **{name: worded(table[name]) for name in ("writer", "told", "pointed")},
    )


def _expand(pattern: str, fragments: dict[str, str]) -> str:
    def fill(match: re.Match[str]) -> str:
        if match[1]:
            return rf"(?:\W+\w+){{0,{match[1]}}}?\W+"
        return _expand(fragments[match[2]], fragments)

    return PLACEHOLDER.sub(fill, pattern)
