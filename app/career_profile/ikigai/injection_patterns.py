"""The wording of orders to the judge, compiled once from `lexicon/orders.toml`."""

import re
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from re import _parser  # type: ignore[attr-defined, unused-ignore]  # only some stubs name it
from typing import Any

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
    """A text without all of the `needed` letters cannot match: most patterns need the z of a
    candidate's mark, and most sentences have none.
    """

    order: Order
    pattern: re.Pattern[str]
    needed: frozenset[str]


@dataclass(frozen=True, slots=True)
class Wording:
    """`orders` are orders by themselves, `accomplices` beside one. `facing` and `beside` are signs
    of an order that names a candidate; `writer` speaks of oneself. `told`, `quoted` and `pointed`
    tell an account of an order from the order.
    """

    orders: tuple["OrderPattern", ...]
    accomplices: tuple[re.Pattern[str], ...]
    facing: tuple[re.Pattern[str], ...]
    beside: tuple[re.Pattern[str], ...]
    writer: re.Pattern[str]
    told: re.Pattern[str]
    quoted: re.Pattern[str]
    pointed: re.Pattern[str]


@cache
def load_wording() -> Wording:
    file = files("app.career_profile.ikigai").joinpath("lexicon", "orders.toml")
    table = tomllib.loads(file.read_text(encoding="utf-8"))
    fragments: dict[str, str] = table["fragments"]

    def compiled(pattern: str) -> re.Pattern[str]:
        return re.compile(_expand(pattern, fragments))

    def several(name: str) -> tuple[re.Pattern[str], ...]:
        return tuple(compiled(pattern) for pattern in table[name])

    return Wording(
        orders=tuple(
            OrderPattern(Order(name), found := compiled(pattern), needed_letters(found.pattern))
            for name, patterns in table["orders"].items()
            for pattern in patterns
        ),
        accomplices=several("accomplices"),
        facing=several("facing"),
        beside=several("beside"),
        **{name: compiled(table[name]) for name in ("writer", "told", "quoted", "pointed")},
    )


def needed_letters(pattern: str) -> frozenset[str]:
    """Characters that every text has in which the pattern is found."""
    return frozenset(map(chr, _needed(_parser.parse(pattern))))


def _needed(parts: Any) -> set[int]:
    """A sequence needs what any of its parts needs, a choice what all of its branches need."""
    found: set[int] = set()
    for code, given in parts:
        match str(code):
            case "LITERAL":
                found.add(given)
            case "SUBPATTERN" if not given[1]:  # with no flags of its own
                found |= _needed(given[-1])
            case "BRANCH":
                found |= set.intersection(*map(_needed, given[1]))
            case "MAX_REPEAT" | "MIN_REPEAT" if given[0] > 0:
                found |= _needed(given[2])
            case _:  # classes, looks around, what may be absent: nothing certain
                pass
    return found


def _expand(pattern: str, fragments: dict[str, str]) -> str:
    def fill(match: re.Match[str]) -> str:
        if match[1]:
            return rf"(?:\W+\w+){{0,{match[1]}}}?\W+"
        return _expand(fragments[match[2]], fragments)

    return PLACEHOLDER.sub(fill, pattern)
