"""Who is scored again and again by `bench.certainty`: students' texts, and invented profiles."""

import random
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from app.career_profile.ikigai.dimensions import DIMENSIONS, Dimension
from app.career_profile.ikigai.lexical import judge_text
from tests.support.catalogue import CatalogueEntry, load_catalogue

CANDIDATES = 15
SHOWN = 5
LEVEL = 0.25
SAME_INTEREST = 0.5
TELLING_DEVIATION = 0.2  # how unevenly a person's texts show what suits them
CLICKING = 0.5
TEXTS = Path(__file__).parents[1] / "tests/career_profile/ikigai/student_texts.toml"

SubScores = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Profile:
    """Judgements without noise by dimension and candidate id; clicks by dimension."""

    judged: Mapping[Dimension, Mapping[int, SubScores]]
    clicks: Mapping[Dimension, int | None]
    congruence: Mapping[int, Decimal]


def _as_levels(k: float, s: float, b: float) -> SubScores:
    """Rounded to the guidance levels; without topic fit there is nothing to feel or to prove."""
    k, s, b = (round(min(1.0, max(0.0, value)) / LEVEL) * LEVEL for value in (k, s, b))
    return (k, s, b) if k else (0.0, 0.0, 0.0)


def student_profiles(rng: random.Random, count: int) -> Iterator[Profile]:
    """Texts of students, judged against a pool that holds their work: each person tells of one
    interest in about half of the dimensions, of related ones in the others.
    """
    catalogue = load_catalogue()
    by_name = {entry.scoring.name: entry for entry in catalogue}
    rows = tomllib.loads(TEXTS.read_text(encoding="utf-8"))["texts"]
    for _ in range(count):
        first = rng.choice(rows)
        category = by_name[first["profession"]].category
        near = [row for row in rows if by_name[row["profession"]].category == category]
        told = [first if rng.random() < SAME_INTEREST else rng.choice(near) for _ in DIMENSIONS]
        pool = _pool(rng, catalogue, [by_name[row["profession"]] for row in told])
        contexts = [entry.scoring for entry in pool]
        judged = {}
        for name, row in zip(DIMENSIONS, told, strict=True):
            found = judge_text(row["text"], contexts)
            judged[name] = {pid: _as_levels(item.k, item.s, item.b) for pid, item in found.items()}
        yield _with_clicks(rng, judged)


def _pool(
    rng: random.Random, catalogue: Sequence[CatalogueEntry], told: Sequence[CatalogueEntry]
) -> list[CatalogueEntry]:
    chosen = list({entry.scoring.profession_id: entry for entry in told}.values())
    categories = {entry.category for entry in chosen}
    near = [e for e in catalogue if e.category in categories and e not in chosen]
    chosen += rng.sample(near, min(len(near), CANDIDATES // 2))
    others = [e for e in catalogue if e not in chosen]
    pool = chosen + rng.sample(others, CANDIDATES - len(chosen))
    rng.shuffle(pool)
    return pool


def level_profiles(rng: random.Random, count: int) -> Iterator[Profile]:
    """Invented ones: a candidate suits a person to a degree, each text shows it more or less."""
    for _ in range(count):
        degree = {pid: rng.betavariate(1.2, 2.0) for pid in range(1, CANDIDATES + 1)}
        judged = {
            name: {
                pid: _as_levels(*(rng.gauss(d, TELLING_DEVIATION) for _ in range(3)))
                for pid, d in degree.items()
            }
            for name in DIMENSIONS
        }
        yield _with_clicks(rng, judged)


POPULATIONS = {"students": student_profiles, "invented": level_profiles}


def _with_clicks(
    rng: random.Random, judged: Mapping[Dimension, Mapping[int, SubScores]]
) -> Profile:
    ids = list(judged[DIMENSIONS[0]])
    clicks = {
        name: _likeliest_click(judged[name], ids[:SHOWN]) if rng.random() < CLICKING else None
        for name in DIMENSIONS
    }
    congruence = {pid: Decimal(100 - place) / 100 for place, pid in enumerate(ids)}
    return Profile(judged, clicks, congruence)


def _likeliest_click(judged: Mapping[int, SubScores], shown: Sequence[int]) -> int:
    return max(shown, key=lambda pid: sum(judged[pid]))
