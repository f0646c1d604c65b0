"""A finished assessment as the chat knows it, whoever keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from app.career_profile.riasec.hexagon import Letter


@dataclass(frozen=True, slots=True)
class Persona:
    """Who the person is in words: a few sentences, and labelled lines of sentences."""

    summary: str
    details: str


@dataclass(frozen=True, slots=True)
class TopProfession:
    """`match_percentage` is 0 to 100."""

    name: str
    match_percentage: float
    reason: str


@dataclass(frozen=True, slots=True)
class Ikigai:
    """`summary` by dimension; `top_professions` best first, one or two."""

    summary: Mapping[str, str]
    top_professions: tuple[TopProfession, ...]


@dataclass(frozen=True, slots=True)
class FitVerdict:
    """How well the target of a fit check fits; `category` is HIGH, MEDIUM or LOW."""

    profession: str
    category: str
    label: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Assessment:
    """`assessment_id` is the session token. All scores are 0 to 100; None: not measured.

    A recommendation has `ikigai`, a fit check has `fit_check`, one of an archive may have neither.
    `is_local`: the career profile keeps it, and may lose it.
    """

    assessment_id: str
    completed_at: datetime
    riasec: Mapping[Letter, int]
    ocean: Mapping[str, int] | None
    via_is: Mapping[str, int] | None
    persona: Persona | None
    ikigai: Ikigai | None
    fit_check: FitVerdict | None
    is_local: bool


class AssessmentSource(Protocol):
    """The port. Another user's assessment reads as absent."""

    async def latest(self, user_id: UUID) -> Assessment | None:
        """The newest finished one; raises ArchiveUnavailable when nobody can tell."""
        ...

    async def aclose(self) -> None:
        """Release connections; no call may follow."""
        ...

    async def find(self, user_id: UUID, assessment_id: str) -> Assessment | None:
        """Also None while it is not finished; raises ArchiveUnavailable."""
        ...
