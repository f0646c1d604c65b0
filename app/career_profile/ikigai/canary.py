"""A candidate that no text can fit, scored like the others: it shows when a model is led astray."""

import random
import tomllib
from collections.abc import Collection, Sequence
from decimal import Decimal
from functools import cache
from importlib.resources import files

from app.career_profile.ikigai.relevance import Judgement
from app.professions.context import SCORING_ABOUT_CHARS, ScoringContext, cut

HIGHEST_R = Decimal("0.3")


def pick_canary(
    seed: str, candidates: Sequence[ScoringContext], spent: Collection[int] = ()
) -> ScoringContext:
    """An invented occupation with as many activities and skills as one of the candidates has.

    The same for the same seed. Its `profession_id` is negative and none of `spent`.
    """
    rng = random.Random(f"{seed}:canary")  # noqa: S311 - a choice
    chosen = rng.choice([item for item in load_canaries() if item.profession_id not in spent])
    model = rng.choice(candidates)
    return ScoringContext(
        chosen.profession_id,
        chosen.name,
        chosen.about if model.about else None,
        chosen.activities[: len(model.activities)],
        chosen.hard_skills[: len(model.hard_skills)],
    )


def is_tripped(judgement: Judgement) -> bool:
    """Whether the canary was found relevant: the judge follows something else than the text."""
    return judgement.r > HIGHEST_R


@cache
def load_canaries() -> tuple[ScoringContext, ...]:
    text = files("app.career_profile.ikigai").joinpath("canaries.toml").read_text(encoding="utf-8")
    return tuple(
        ScoringContext(
            -number,
            row["name"],
            cut(row["about"], SCORING_ABOUT_CHARS),
            tuple(row["activities"]),
            tuple(row["skills"]),
        )
        for number, row in enumerate(tomllib.loads(text)["canaries"], start=1)
    )
