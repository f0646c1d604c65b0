"""The demo catalogue as the frozen contexts that the pure modules read, without a database."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from app.professions.context import (
    CONTENT_ABOUT_CHARS,
    SCORING_ABOUT_CHARS,
    CareerStep,
    ContentContext,
    RecommendationContext,
    ScoringContext,
    cut,
)

DATA = Path(__file__).parents[2] / "app" / "reference" / "data"
LETTERS = "RIASEC"


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """One profession in its three sizes; ids count from 1 through the files R, I, A, S, E, C."""

    category: str
    scoring: ScoringContext
    content: ContentContext
    recommendation: RecommendationContext


@cache
def load_catalogue() -> tuple[CatalogueEntry, ...]:
    found = [row for letter in LETTERS for row in _read("professions", letter)["professions"]]
    return tuple(_entry(number, row) for number, row in enumerate(found, start=1))


def _read(folder: str, letter: str) -> dict[str, Any]:
    return tomllib.loads((DATA / folder / f"{letter}.toml").read_text(encoding="utf-8"))


def _entry(number: int, row: dict[str, Any]) -> CatalogueEntry:
    return CatalogueEntry(
        row["category"], _scoring(number, row), _content(number, row), _recommendation(number, row)
    )


def _scoring(number: int, row: dict[str, Any]) -> ScoringContext:
    return ScoringContext(
        profession_id=number,
        name=row["name"],
        about=cut(row["about"], SCORING_ABOUT_CHARS),
        activities=tuple(row["activities"][:5]),
        hard_skills=tuple(row["hard_skills"]["wajib"][:3]),
    )


def _content(number: int, row: dict[str, Any]) -> ContentContext:
    entry, senior = _steps(row)
    return ContentContext(
        profession_id=number,
        name=row["name"],
        code=row["code"],
        code_title=None,
        about=cut(row["about"], CONTENT_ABOUT_CHARS),
        riasec_description=row["riasec_description"],
        strengths=_strengths(row["code"]),
        work_environments=(),
        activities=tuple(row["activities"][:5]),
        hard_skills=tuple(row["hard_skills"]["wajib"][:5]),
        soft_skills=tuple(row["soft_skills"]["wajib"][:3]),
        tools=tuple(row["tools"]["wajib"][:4]),
        market_insights=tuple(row["market_insights"][:3]),
        entry=entry,
        senior=senior,
    )


def _recommendation(number: int, row: dict[str, Any]) -> RecommendationContext:
    entry, senior = _steps(row)
    return RecommendationContext(
        profession_id=number,
        name=row["name"],
        code=row["code"],
        code_title=None,
        about=row["about"],
        riasec_description=row["riasec_description"],
        strengths=_strengths(row["code"]),
        work_environments=(),
        activities=tuple(row["activities"][:5]),
        hard_skills=tuple(row["hard_skills"]["wajib"][:5]),
        entry=entry,
        senior=senior,
    )


def _strengths(code: str) -> tuple[str, ...]:
    return tuple(_read_cached(code[0])["single"]["strengths"])


@cache
def _read_cached(letter: str) -> dict[str, Any]:
    return _read("codes", letter)


def _steps(row: dict[str, Any]) -> tuple[CareerStep | None, CareerStep | None]:
    steps = [
        CareerStep(
            title=step["title"],
            experience_range=step.get("experience_range"),
            salary_min=step.get("salary_min"),
            salary_max=step.get("salary_max"),
        )
        for step in row.get("career_path", ())
    ]
    if not steps:
        return None, None
    return steps[0], steps[-1] if len(steps) > 1 else None
