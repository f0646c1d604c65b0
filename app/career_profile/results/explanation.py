"""Why a profession is recommended, from what the run holds: no model, always the same answer."""

import re
from collections.abc import Sequence

from app.career_profile.ikigai.ranking import RankedProfession, tiebreak_step
from app.career_profile.results.quotes import find_verbatim, supporting, supporting_each
from app.professions.context import ScoringContext

MAX_PHRASES = 2
# What tells who or where somebody is, beyond the addresses and numbers that no quote holds; and
# how many characters after it may still belong to it ("Jl. Melati" is no end of a sentence).
PERSONAL_REACH = 30
PERSONAL = re.compile(
    r"\b(?:nama\s?(?:ku|saya|aku|gue|lengkap|panggilan)\b|panggil\s+(?:saja\s+)?(?:aku|saya)\b"
    r"|(?:nik|nisn?|npwp|ktp)\b|no\.?\s?(?:hp|wa|telp?|rek)\b|rekening(?:ku| saya| aku)\b"
    r"|alamat(?:ku| saya| aku| rumah)\b|jl\.?\s|(?-i:[Jj]alan\s+[A-Z])|no\.?\s?\d|rt\s?\d"
    r"|rw\s?\d|tanggal lahir\b|lahir (?:di|tanggal)\b)",
    re.IGNORECASE,
)


def shared_letters(user_code: str, profession_code: str) -> list[str]:
    """The letters of the user's code, in its order, that the profession's code has too."""
    return [letter for letter in user_code if letter in profession_code]


def deciding_step(ranked: Sequence[RankedProfession], profession_id: int) -> str | None:
    """The tie-break step that decided the profession's place; None when the total did.

    Against the next one below; where the total decided there, against the one above: two that
    share a total name the same step. `ranked` is best first and holds both neighbours.
    """
    ids = [item.profession_id for item in ranked]
    place = ids.index(profession_id)
    below = [tiebreak_step(ranked[place], other) for other in ranked[place + 1 : place + 2]]
    above = [tiebreak_step(other, ranked[place]) for other in ranked[max(place - 1, 0) : place]]
    return next((step for step in (*below, *above) if step is not None), None)


def usable_phrases(texts: Sequence[str], telling_names: Sequence[str]) -> list[str]:
    """Parts of the user's texts that may be shown, in order of appearance, each once.

    Each stands in its text character for character, without personal data and without the name
    of a profession (naming is no evidence).
    """
    found = (quote for text in texts for quote in _impersonal(text, telling_names))
    return list(dict.fromkeys(found))


def _impersonal(text: str, telling_names: Sequence[str]) -> list[str]:
    """Quotes that neither hold nor follow closely what tells who or where somebody is."""
    told = [match.span() for match in PERSONAL.finditer(text)]
    found = []
    for quote in find_verbatim(text, telling_names):
        start = text.index(quote)
        end = start + len(quote)
        if not any(start < last + PERSONAL_REACH and first < end for first, last in told):
            found.append(quote)
    return found


def supporting_phrases(phrases: Sequence[str], work: ScoringContext) -> list[str]:
    """At most two of the usable phrases: those that speak most of this work, not against it."""
    return supporting(work, phrases)[:MAX_PHRASES]


def choose_phrases(
    texts: Sequence[str], telling_names: Sequence[str], works: Sequence[ScoringContext]
) -> dict[int, list[str]]:
    """The supporting phrases of each work by profession id; `telling_names` has those of all."""
    chosen = supporting_each(works, usable_phrases(texts, telling_names))
    return {profession_id: phrases[:MAX_PHRASES] for profession_id, phrases in chosen.items()}
