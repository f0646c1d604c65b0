"""The four narratives of a profession by rule, from its own data: nothing is invented.

Taken when the model fails, and by the offline model. Templates are data; which one a profession
gets follows from a stable hash, so that neighbours read differently and a text never changes.
"""

import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

from app.career_profile.ikigai import phrases
from app.career_profile.ikigai.content import find_defects
from app.career_profile.ikigai.dimensions import DIMENSIONS, Dimension
from app.professions.context import ContentContext, format_salary_range

WORDS = (25, 40)
WIDER_WORDS = (20, 50)
SHIFTS = 5
# Love may tell of two activities, the others of one: with five activities none comes twice.
FIRST_ITEM = {
    Dimension.LOVE: 0,
    Dimension.GOOD_AT: 2,
    Dimension.WORLD_NEEDS: 3,
    Dimension.PAID_FOR: 4,
}
SLOT = re.compile(r"{(\w+)}")

TURNING = frozenset({"do", "do2", "skill", "skill2", "pair", "tools"})

# What a template may draw on: every known wording of each slot, best first.
Slots = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Spare:
    """A text for when none of the others fits; only if all of `without` is unknown."""

    text: str
    without: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Templates:
    texts: tuple[str, ...]
    spare: tuple[Spare, ...]


def compose_narratives(profession: ContentContext) -> dict[Dimension, str]:
    """Two sentences of 25 to 40 words (20 to 50 when the data leave no choice) per dimension.

    Passes `content.find_narrative_defects` whatever is missing; deterministic.
    """
    known = _gather(profession)
    return {name: _compose(name, profession, known) for name in DIMENSIONS}


def _compose(dimension: Dimension, profession: ContentContext, known: Slots) -> str:
    templates = _load_templates()[dimension]
    seed = f"{profession.profession_id}:{dimension}"
    texts = sorted(templates.texts, key=lambda text: _stable_number(f"{seed}:{text}"))
    slots = _turn(known, FIRST_ITEM[dimension] + profession.profession_id)
    for low, high in (WORDS, WIDER_WORDS):
        for text in _filled(texts, slots):
            if _fits(text, profession, low, high):
                return text
    spare = [item for item in templates.spare if not any(known.get(name) for name in item.without)]
    for text in _filled([item.text for item in spare], slots):
        if _fits(text, profession, *WIDER_WORDS):
            return text
    return templates.spare[-1].text


def _filled(texts: Sequence[str], slots: Slots) -> Iterator[str]:
    """Every text that the data can fill, each with a few choices of the data."""
    for text in texts:
        names = phrases.slots_of(text)
        if not all(slots.get(name) for name in names):
            continue
        for shift in range(SHIFTS if names else 1):
            chosen = {name: slots[name][shift % len(slots[name])] for name in names}
            yield _fill(text, chosen)


def _fill(text: str, chosen: Mapping[str, str]) -> str:
    """In one pass: braces within the data stay what they are."""
    filled = SLOT.sub(lambda match: chosen[match[1]], text)
    return filled[:1].upper() + filled[1:]


def _fits(text: str, profession: ContentContext, low: int, high: int) -> bool:
    return (
        low <= len(text.split()) <= high
        and "kamu" in text.lower()
        and not find_defects(text, profession.telling_names)
    )


def _gather(profession: ContentContext) -> Slots:
    activities = [phrases.as_activity(item) for item in _present(profession.activities)]
    skills = [phrases.as_skill(item, _words("proper")) for item in _present(profession.hard_skills)]
    tools = [_as_tool(item) for item in _present(profession.tools)]
    about = phrases.self_contained(phrases.whole_sentences(profession.about))
    traits = phrases.self_contained(phrases.whole_sentences(profession.riasec_description))
    market = list(phrases.whole_sentences(" ".join(_present(profession.market_insights))))
    return {
        "do": activities,
        "do2": phrases.rotate(activities, 1) if len(activities) > 1 else [],
        "skill": skills,
        "skill2": phrases.rotate(skills, 1) if len(skills) > 1 else [],
        "pair": _pairs(skills),
        "tools": _pairs(tools) or tools,
        # The last sentence usually tells whom it serves.
        "fact": [item for item in reversed(about) if not item.endswith("?")],
        "trait": [phrases.addressed(item) for item in traits],
        "market": sorted(market, key=phrases.tells_demand),  # demand is told of elsewhere
        "need": [item for item in market if phrases.tells_demand(item)],
        **_pay(profession),
    }


def _as_tool(text: str) -> str:
    """A brand keeps its capital, "obeng presisi" has none."""
    lowers = text.split(maxsplit=1)[0].lower() in _words("things")
    return phrases.lower_first(text) if lowers else text


def _pay(profession: ContentContext) -> Slots:
    """`later` only when it is known to be more than at the start."""
    entry, senior = profession.entry, profession.senior
    pay = format_salary_range(entry)
    later = format_salary_range(senior)
    years = phrases.as_years(senior.experience_range) if senior else None
    grows = (
        entry is not None
        and senior is not None
        and (senior.salary_min or 0) > (entry.salary_min or 0)
        and pay is not None
    )
    return {
        "pay": [pay] if pay else [],
        "later": [later] if later and grows else [],
        "years": [years] if years else [],
    }


def _pairs(items: Sequence[str]) -> list[str]:
    return [phrases.join_two(one, other) for one, other in pairwise(items)]


def _present(items: Sequence[str]) -> list[str]:
    """Those that hold a word at all, in one line."""
    return [" ".join(item.split()) for item in items if re.search(r"[^\W_]", item)]


def _turn(known: Slots, start: int) -> Slots:
    """Activities and skills begun elsewhere, so that the narratives tell different things.

    `do` and `do2` (`skill` and `skill2`) turn together and never meet.
    """
    return {
        name: phrases.rotate(items, start) if name in TURNING else items
        for name, items in known.items()
    }


def _stable_number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


@cache
def _load_templates() -> Mapping[Dimension, Templates]:
    table = _read()
    return {
        name: Templates(
            tuple(table[name]["texts"]),
            tuple(
                Spare(item["text"], tuple(item.get("without", ()))) for item in table[name]["spare"]
            ),
        )
        for name in DIMENSIONS
    }


@cache
def _words(name: str) -> frozenset[str]:
    return frozenset(str(_read()[name]).split())


@cache
def _read() -> dict[str, Any]:
    text = files("app.career_profile.ikigai").joinpath("lexicon", "narratives.toml")
    return tomllib.loads(text.read_text(encoding="utf-8"))
