"""How far a repeated scoring moves, and from which distance on a place is certain.

    python -m bench.certainty [--profiles N] [--repetitions N] [--seeds N] [--json FILE]

A profile is what a model would judge without noise: the four texts of a person against fifteen
candidates. A run adds noise to every k, s and b and goes through the rules of the service. Two
runs of one profile are compared: the first is what the user was told, the second is the same
question asked again. The noise of the model is the 95th percentile of how far the distances
between neighbours at the top moved from one to the other; `app/career_profile/ikigai/certainty.py`
holds it for the stated noise and the population in which it is greater, rounded up to half a point.
"""

import argparse
import json
import math
import random
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

from rich.console import Console
from rich.table import Table

from app.career_profile.ikigai.certainty import NOISE
from app.career_profile.ikigai.dimensions import DIMENSIONS
from app.career_profile.ikigai.ranking import (
    DimensionInput,
    Outcome,
    RankedProfession,
    rank_professions,
    score_dimension,
)
from app.career_profile.ikigai.relevance import Judgement, read_judgement
from app.core.settings import Settings
from bench.certainty_profiles import LEVEL, POPULATIONS, Profile, SubScores

FIRST_SEED = 20261120
QUANTILE = 0.95
AT_THE_EDGE = 2.0
STATED_NOISE = "level, 10 %"
FLOOR = Decimal(str(Settings.model_fields["evidence_floor"].default))

Noise = Callable[[random.Random, float], float]


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


def measure(
    profiles: Sequence[Profile], noise: Noise, repetitions: int, seed: int
) -> list[Comparison]:
    rng = random.Random(seed)
    return [
        compare(run(profile, rng, noise), run(profile, rng, noise))
        for profile in profiles
        for _ in range(repetitions)
    ]


def noise_of(comparisons: Sequence[Comparison]) -> float:
    """How far a distance between neighbours at the top moves at most, in 95 of 100 repeats."""
    return percentile([moved for item in comparisons for moved in item.moved], QUANTILE)


def percentile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def figures(comparisons: Sequence[Comparison], threshold: float) -> dict[str, float]:
    clear = [item for item in comparisons if item.smaller >= threshold]
    close = [item for item in comparisons if item.smaller < threshold]
    return {
        "p50_moved": percentile([m for item in comparisons for m in item.moved], 0.5),
        "p95_moved": noise_of(comparisons),
        "share_clear": len(clear) / len(comparisons),
        "clear_same_order": _share(item.same_order for item in clear),
        "clear_same_two": _share(item.same_two for item in clear),
        "edge_same_order": _share(
            item.same_order for item in clear if item.smaller < threshold + AT_THE_EDGE
        ),
        "close_same_order": _share(item.same_order for item in close),
        "close_same_two": _share(item.same_two for item in close),
    }


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


def measure_all(
    profiles: int, repetitions: int, seeds: Sequence[int]
) -> dict[str, dict[str, list[list[Comparison]]]]:
    """By population and noise: the comparisons of each seed, with profiles of its own."""
    return {
        population: {
            name: [
                measure(list(make(random.Random(seed), profiles)), noise, repetitions, seed)
                for seed in seeds
            ]
            for name, noise in NOISES.items()
        }
        for population, make in POPULATIONS.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Noise of a repeated scoring")
    parser.add_argument("--profiles", type=int, default=200)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    seeds = [FIRST_SEED + number for number in range(options.seeds)]
    measured = measure_all(options.profiles, options.repetitions, seeds)
    by_seed = {
        population: [noise_of(items) for items in found[STATED_NOISE]]
        for population, found in measured.items()
    }
    needed = math.ceil(2 * max(statistics.median(found) for found in by_seed.values())) / 2
    threshold = float(NOISE)
    results = {
        population: {
            name: figures([item for items in found for item in items], threshold)
            for name, found in by_noise.items()
        }
        for population, by_noise in measured.items()
    }
    show(results, threshold)
    for population, noises in by_seed.items():
        print(f"{population}, {STATED_NOISE}, by seed: {', '.join(f'{v:.2f}' for v in noises)}")
    print(f"needed: {needed}; in use: {threshold}")
    if options.json:
        document = {"needed": needed, "in_use": threshold, "by_seed": by_seed, "results": results}
        options.json.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
