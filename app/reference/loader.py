"""Reads the data files of this package. Nothing is read before it is asked for."""

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

from app.career_profile.riasec.hexagon import LETTERS, Letter
from app.career_profile.riasec.instrument import ITEMS_PER_LETTER, Item, QuestionBank, QuestionId

DATA = resources.files("app.reference") / "data"
# Recorded by tests/support/record_examples.py: requests and answers for the OpenAPI document.
EXAMPLES = resources.files("app.reference") / "examples"
SLUG = re.compile(r'^slug = "([^"]+)"$', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class CareerStepText:
    title: str
    experience_range: str
    salary_min: int
    salary_max: int


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """A profession of the demo catalogue with all its relations; salaries are demo figures."""

    slug: str
    name: str
    code: str
    category: str
    subcategory: str
    aliases: tuple[str, ...]
    about: str
    riasec_description: str
    activities: tuple[str, ...]
    hard_skills: dict[str, list[str]]
    soft_skills: dict[str, list[str]]
    tools: dict[str, list[str]]
    market_insights: tuple[str, ...]
    study_programs: tuple[str, ...]
    career_path: tuple[CareerStepText, ...]


@lru_cache
def question_bank() -> QuestionBank:
    """The 72 items: ids 1-12 R, 13-24 I, ... 61-72 C."""
    return QuestionBank(
        Item(QuestionId(place * ITEMS_PER_LETTER + number), letter, text)
        for place, letter in enumerate(LETTERS)
        for number, text in enumerate(_read("items", letter)["items"], start=1)
    )


def code_sources() -> dict[Letter, dict[str, Any]]:
    """The authored texts behind the 156 codes, by first letter."""
    return {letter: _read("codes", letter) for letter in LETTERS}


def demo_catalogue() -> list[CatalogueEntry]:
    """All professions, in the order of their code's first letter."""
    return [
        CatalogueEntry(
            **{
                **entry,
                "aliases": tuple(entry["aliases"]),
                "activities": tuple(entry["activities"]),
                "market_insights": tuple(entry["market_insights"]),
                "study_programs": tuple(entry["study_programs"]),
                "career_path": tuple(CareerStepText(**step) for step in entry["career_path"]),
            }
        )
        for letter in LETTERS
        for entry in _read("professions", letter)["professions"]
    ]


def demo_slugs() -> set[str]:
    """The slugs of the demo catalogue, read without its texts."""
    return {
        slug
        for letter in LETTERS
        for slug in SLUG.findall(_file("professions", letter).read_text(encoding="utf-8"))
    }


def _read(kind: str, letter: Letter) -> dict[str, Any]:
    return tomllib.loads(_file(kind, letter).read_text(encoding="utf-8"))


def _file(kind: str, letter: Letter) -> Traversable:
    return DATA / kind / f"{letter}.toml"
