"""What a conversation's context says of the person, read with care. Pure.

The context is a JSON document that an assessment, or the person's app, has put there: whatever is
missing or of another shape is unknown, never an error.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from app.career_profile.riasec.hexagon import HOLLAND_INDEX, LETTERS, Letter

MAX_NAME_CHARS: Final = 80
MAX_PROFESSIONS: Final = 2
NO_NAMES: Final = frozenset({"", "-", "none", "null", "undefined", "nan", "n/a"})
SENTENCE: Final = re.compile(r"[^.!?]+[.!?]+[”\"’')\]]*")
STRENGTHS: Final = "Kekuatan"
CHALLENGES: Final = "Tantangan"
STRATEGIES: Final = "Cara berkembang"


@dataclass(frozen=True, slots=True)
class Target:
    """The profession of a fit check; `category` is HIGH, MEDIUM, LOW or, when unknown, None."""

    name: str
    category: str | None
    label: str | None
    meaning: str | None


@dataclass(frozen=True, slots=True)
class About:
    """`letters` by score, the strongest first, and in Holland order where scores are equal; empty
    when no scores are known. `professions` are names, the best first. `loved` is what Ikigai says
    of the person's joys, `strengths`, `challenges` and `strategies` are whole sentences.
    """

    letters: tuple[Letter, ...] = ()
    professions: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    target: Target | None = None
    loved: str | None = None
    strengths: tuple[str, ...] = ()
    challenges: tuple[str, ...] = ()
    strategies: tuple[str, ...] = ()

    @property
    def strongest(self) -> tuple[Letter, ...]:
        """The two strongest letters; none when nothing is known."""
        return self.letters[:2]


UNKNOWN: Final = About()


def read_about(context: object) -> About:
    """What is known; UNKNOWN for no context."""
    document = _members(context)
    ikigai = _members(document.get("ikigai"))
    professions = [_members(item) for item in _items(ikigai.get("top_professions"))]
    named = [item for item in professions if known_name(item.get("name"))][:MAX_PROFESSIONS]
    details = _members(document.get("personaProfile")).get("details")
    return About(
        letters=_ranked(_members(document.get("riasec"))),
        professions=tuple(name for item in named if (name := known_name(item["name"]))),
        reasons=tuple(one_line(item.get("reason")) for item in named),
        target=_target(_members(document.get("fitCheck"))),
        loved=one_line(_members(ikigai.get("summary")).get("what_you_love")) or None,
        strengths=_sentences(details, STRENGTHS),
        challenges=_sentences(details, CHALLENGES),
        strategies=_sentences(details, STRATEGIES),
    )


def one_line(value: object) -> str:
    """The text on one line; "" for anything else."""
    return " ".join(value.split()) if isinstance(value, str) else ""


def known_name(value: object) -> str | None:
    """A name that may stand in a sentence; None for a blank one or a program's word for none."""
    name = one_line(value)[:MAX_NAME_CHARS].strip()
    return None if name.lower() in NO_NAMES else name


def labelled(label: str, sentences: Iterable[str]) -> str:
    """A line of the persona's details, as `read_about` finds it again."""
    return f"{label}: {' '.join(map(one_line, sentences))}"


def _members(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _items(value: object) -> Sequence[object]:
    return value if isinstance(value, list | tuple) else ()


def _ranked(scores: Mapping[str, Any]) -> tuple[Letter, ...]:
    known = {
        letter: scores[letter]
        for letter in LETTERS
        if isinstance(scores.get(letter), int | float) and not isinstance(scores[letter], bool)
    }
    return tuple(sorted(known, key=lambda letter: (-known[letter], HOLLAND_INDEX[letter])))


def _target(given: Mapping[str, Any]) -> Target | None:
    name = known_name(given.get("profession"))
    if name is None:
        return None
    category, label = one_line(given.get("category")), one_line(given.get("label"))
    return Target(name, category or None, label or None, one_line(given.get("meaning")) or None)


def _sentences(details: object, label: str) -> tuple[str, ...]:
    if not isinstance(details, str):
        return ()
    for line in details.splitlines():
        found, _, text = line.partition(": ")
        if found == label:
            return tuple(one_line(sentence) for sentence in SENTENCE.findall(text))
    return ()
