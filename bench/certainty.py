"""How far a repeated scoring moves, and from which distance on a place is certain.

    python -m bench.certainty [--profiles N] [--repetitions N] [--json FILE]

A profile is what a model would judge without noise: the four texts of a person against fifteen
candidates. A run adds noise to every k, s and b and goes through the rules of the service. Two
runs of one profile are compared: the first is what the user was told, the second is the same
question asked again. The threshold is the smallest distance (in steps of half a point) from
which on 95 of 100 results are repeated: the same two professions in the same order, in both
populations, under the stated noise. `app/career_profile/ikigai/certainty.py` holds it.
"""

import argparse
import json
import random
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

from rich.console import Console
from rich.table import Table

from app.career_profile.ikigai.certainty import NOISE
from app.career_profile.ikigai.dimensions import DIMENSIONS, Dimension
from app.career_profile.ikigai.lexical import judge_text
from app.career_profile.ikigai.ranking import (
    DimensionInput,
    Outcome,
    RankedProfession,
    rank_professions,
    score_dimension,
)
from app.career_profile.ikigai.relevance import Judgement, read_judgement
from app.core.settings import Settings
from tests.support.catalogue import CatalogueEntry, load_catalogue

SEED = 20261120
CANDIDATES = 15
SHOWN = 5
LEVEL = 0.25
SAME_INTEREST = 0.5
TELLING_DEVIATION = 0.2  # how unevenly a person's texts show what suits them
CLICKING = 0.5
REPEATED = 0.95
GRID = [half / 2 for half in range(61)]
ENOUGH = 50  # results that a share is taken over
AT_THE_EDGE = 2.0
STATED_NOISE = "level, 10 %"
TEXTS = Path(__file__).parents[1] / "tests/career_profile/ikigai/student_texts.toml"
FLOOR = Decimal(str(Settings.model_fields["evidence_floor"].default))

SubScores = tuple[float, float, float]
Noise = Callable[[random.Random, float], float]


@dataclass(frozen=True, slots=True)
class Profile:
    """Judgements without noise by dimension and candidate id; clicks by dimension."""

    judged: Mapping[Dimension, Mapping[int, SubScores]]
    clicks: Mapping[Dimension, int | None]
    congruence: Mapping[int, Decimal]


def step_noise(share: float) -> Noise:
    """A guidance level up or down in this share of the sub-scores: another reading of a text."""

    def noisy(rng: random.Random, value: float) -> float:
        if rng.random() >= share:
            return value
        return min(1.0, max(0.0, value + rng.choice((-LEVEL, LEVEL))))

    return noisy


def normal_noise(deviation: float) -> Noise:
    """A model that does not keep to the levels: normally distributed, 2 places."""
    return lambda rng, value: round(min(1.0, max(0.0, rng.gauss(value, deviation))), 2)


NOISES: Mapping[str, Noise] = {
    "level, 5 %": step_noise(0.05),
    STATED_NOISE: step_noise(0.10),
    "level, 20 %": step_noise(0.20),
    "normal, sd 0.05": normal_noise(0.05),
}


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


def run(profile: Profile, rng: random.Random, noise: Noise) -> Sequence[RankedProfession]:
    """One noisy scoring through the rules of the service, best first."""
    ids = list(profile.judged[DIMENSIONS[0]])
    dimensions = {
        name: score_dimension(
            ids,
            DimensionInput(
                Outcome.JUDGED,
                {pid: _judgement(profile.judged[name][pid], rng, noise) for pid in ids},
                profile.clicks[name],
            ),
            FLOOR,
        )
        for name in DIMENSIONS
    }
    return rank_professions(dimensions, profile.congruence).professions


def _judgement(exact: SubScores, rng: random.Random, noise: Noise) -> Judgement:
    k, s, b = (noise(rng, value) for value in exact)
    found = read_judgement({"k": k, "s": s, "b": b})
    assert found is not None
    return found


@dataclass(slots=True)
class Comparison:
    """Two runs of a profile: the smaller distance at the top, how far distances moved, and
    whether the second named the same two, in the same order or in any.
    """

    smaller: float
    moved: tuple[float, ...]
    same_order: bool
    same_two: bool


def compare(told: Sequence[RankedProfession], again: Sequence[RankedProfession]) -> Comparison:
    totals = {item.profession_id: item.total for item in again}
    top = told[:3]
    before = [upper.total - lower.total for upper, lower in pairwise(top)]
    after = [totals[a.profession_id] - totals[b.profession_id] for a, b in pairwise(top)]
    first, second = ([item.profession_id for item in found[:2]] for found in (told, again))
    return Comparison(
        float(min(before)),
        tuple(float(abs(b - a)) for a, b in zip(before, after, strict=True)),
        first == second,
        set(first) == set(second),
    )


def measure(profiles: Sequence[Profile], noise: Noise, repetitions: int) -> list[Comparison]:
    rng = random.Random(SEED)
    return [
        compare(run(profile, rng, noise), run(profile, rng, noise))
        for profile in profiles
        for _ in range(repetitions)
    ]


def percentile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def figures(comparisons: Sequence[Comparison], threshold: float) -> dict[str, float]:
    clear = [item for item in comparisons if item.smaller >= threshold]
    close = [item for item in comparisons if item.smaller < threshold]
    return {
        "p50_moved": percentile([m for item in comparisons for m in item.moved], 0.5),
        "p95_moved": percentile([m for item in comparisons for m in item.moved], 0.95),
        "share_clear": len(clear) / len(comparisons),
        "clear_same_order": _share(item.same_order for item in clear),
        "clear_same_two": _share(item.same_two for item in clear),
        "edge_same_order": _share(
            item.same_order for item in clear if item.smaller < threshold + AT_THE_EDGE
        ),
        "close_same_order": _share(item.same_order for item in close),
        "close_same_two": _share(item.same_two for item in close),
    }


def derive(comparisons: Sequence[Comparison]) -> float:
    """The smallest distance from which on, here and everywhere above, results are repeated."""
    found = GRID[-1]
    for distance in reversed(GRID):
        clear = [item.same_order for item in comparisons if item.smaller >= distance]
        if len(clear) >= ENOUGH and sum(clear) < REPEATED * len(clear):
            break
        found = distance
    return found


def _share(flags: Iterator[bool]) -> float:
    found = list(flags)
    return sum(found) / len(found) if found else 1.0


def show(results: Mapping[str, Mapping[str, dict[str, float]]], threshold: float) -> None:
    table = Table(title=f"threshold {threshold} points of 100")
    for title in ("profiles", "noise", *next(iter(next(iter(results.values())).values()))):
        table.add_column(title)
    for population, by_noise in results.items():
        for name, found in by_noise.items():
            table.add_row(population, name, *(f"{value:.3f}" for value in found.values()))
    Console(width=160).print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description="Noise of a repeated scoring")
    parser.add_argument("--profiles", type=int, default=200)
    parser.add_argument("--repetitions", type=int, default=25)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    rng = random.Random(SEED)
    populations = {
        "students": list(student_profiles(rng, options.profiles)),
        "invented": list(level_profiles(rng, options.profiles)),
    }
    measured = {
        population: {
            name: measure(profiles, noise, options.repetitions) for name, noise in NOISES.items()
        }
        for population, profiles in populations.items()
    }
    derived = {
        population: {name: derive(items) for name, items in found.items()}
        for population, found in measured.items()
    }
    needed = max(found[STATED_NOISE] for found in derived.values())
    threshold = float(NOISE)
    results = {
        population: {name: figures(items, threshold) for name, items in found.items()}
        for population, found in measured.items()
    }
    show(results, threshold)
    print(f"derived: {derived}\nneeded: {needed}; in use: {threshold}")
    if options.json:
        document = {"derived": derived, "in_use": threshold, "seed": SEED, "results": results}
        options.json.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
