"""What a model's welcome must look like, and what is wrong with one. Pure."""

import re
from collections.abc import Sequence
from typing import Final

from app.career_profile.riasec.hexagon import LETTERS, TYPE_NAMES
from app.chat.assessment.about import About
from app.users.names import NO_NAME

WORDS: Final = (50, 260)
QUESTIONS: Final = (3, 6)
# A template's hole, or a program's word for nothing.
HOLE: Final = re.compile(r"[{}<>\[\]$]|\b(?:undefined|none|null|nan|n/a)\b", re.IGNORECASE)
GREETED: Final = re.compile(r"^(?:hai|halo|hi|hei|hey)[ ,]+(\w+)", re.IGNORECASE)
# A code has at most three letters; the others are not the person's.
NAMED_LETTERS: Final = 3
INDONESIAN: Final = frozenset({"yang", "dan", "kamu", "untuk", "dengan", "dari", "ini", "apa"})
MIN_INDONESIAN: Final = 4
SALUTATIONS: Final = frozenset({"kamu", "kak", "kakak", "teman", "selamat", "senang"})


def find_welcome_defects(text: str, about: About, first_name: str) -> Sequence[str]:
    """What breaks the rules, in English; empty: fine."""
    words = re.findall(r"\w+", text.lower())
    rules = (
        (not WORDS[0] <= len(words) <= WORDS[1], f"must be {WORDS[0]} to {WORDS[1]} words"),
        (not QUESTIONS[0] <= text.count("?") <= QUESTIONS[1], "must ask three questions"),
        (HOLE.search(text) is not None, "has a hole"),
        (len(INDONESIAN.intersection(words)) < MIN_INDONESIAN, "is not Indonesian"),
        (not _greets(text, first_name), "greets somebody else, or nobody"),
        (not _insights(text, about), "names nothing of the result"),
        (_foreign_letters(text, about), "names letters that are not the person's"),
    )
    return [defect for is_broken, defect in rules if is_broken]


def _greets(text: str, first_name: str) -> bool:
    found = GREETED.match(text.strip())
    greeted = found.group(1).lower() if found else None
    if first_name == NO_NAME:
        return greeted is None or greeted in SALUTATIONS
    is_named = first_name.lower() in text.lower()
    plain = re.match(r"\w+", first_name.lower())
    return is_named and (greeted in SALUTATIONS | {None, plain.group() if plain else None})


def _insights(text: str, about: About) -> bool:
    """A letter of the person's, and a profession when there is one to speak of."""
    lowered = text.lower()
    professions = [about.target.name] if about.target else about.professions
    has_letter = any(TYPE_NAMES[letter].lower() in lowered for letter in about.strongest)
    return has_letter and (not professions or any(name.lower() in lowered for name in professions))


def _foreign_letters(text: str, about: About) -> bool:
    """As words of their own: a Social Media Specialist is a profession."""
    known = about.letters[:NAMED_LETTERS]
    names = [about.target.name] if about.target else about.professions
    for name in names:
        text = text.replace(name, "")
    return any(TYPE_NAMES[x].lower() in text.lower() for x in LETTERS if x not in known)
