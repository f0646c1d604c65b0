"""The texts of the 156 codes, composed from sentences written per letter and ordered pair.

A pair XY is written in four parts: `lead` (X first, Y second), `own` (only this pair), `outer`
(X first, Y third) and `tail` (X second, Y third). A sentence so stands in at most five codes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.career_profile.riasec.hexagon import TYPE_NAMES, Letter, all_codes

LISTS = ("strengths", "challenges", "strategies", "work_environments", "interaction_styles")


@dataclass(frozen=True, slots=True)
class CodeText:
    """Title, description and the five lists of a code, each list of 4 sentences."""

    code: str
    title: str
    description: str
    lists: Mapping[str, tuple[str, ...]]


def title_of(code: str) -> str:
    """ "Realistic–Investigative–Artistic"."""
    return "–".join(TYPE_NAMES[Letter(letter)] for letter in code)


def compose_code_texts(sources: Mapping[Letter, Mapping[str, Any]]) -> list[CodeText]:
    """All 156, in Holland order within each block."""
    return [_compose(code, _parts(code, sources)) for code in all_codes()]


def _parts(code: str, sources: Mapping[Letter, Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    def pair(first: str, second: str) -> Mapping[str, Any]:
        written: Mapping[str, Any] = sources[Letter(first)]["pairs"][first + second]
        return written

    if len(code) == 1:
        return [sources[Letter(code)]["single"]]
    first, second = code[0], code[1]
    lead = pair(first, second)["lead"]
    if len(code) == 2:
        return [lead, pair(first, second)["own"]]
    third = code[2]
    return [lead, pair(first, third)["outer"], pair(second, third)["tail"]]


def _compose(code: str, parts: list[Mapping[str, Any]]) -> CodeText:
    return CodeText(
        code,
        title_of(code),
        " ".join(part["description"] for part in parts),
        {name: tuple(line for part in parts for line in part[name]) for name in LISTS},
    )
