"""The text about a code: what it must look like, and how it is composed by rule."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.career_profile.ikigai.content import count_sentences, ends_complete, names_profession

SENTENCES = (4, 6)
MAX_CHARS = 1200
MAX_TITLE_CHARS = 120
SENTENCE_BREAK = re.compile(r"(?<=[.!?])\s+")
CLOSING = (
    "Baca kekuatan dan tantanganmu pelan-pelan, lalu pilih satu saran untuk kamu coba pekan ini."
)
GENERAL = (
    "Setiap orang dengan minat seperti ini punya ceritanya sendiri, begitu pula kamu.",
    "Perhatikan kegiatan yang membuatmu lupa waktu, karena di sana minatmu paling jelas terlihat.",
    "Kamu boleh berubah dan bertumbuh; anggap gambaran ini sebagai titik berangkat.",
)
LAST_RESORT = " ".join(("Kamu punya perpaduan minat yang khas.", *GENERAL[:2], CLOSING))


@dataclass(frozen=True, slots=True)
class PersonalityFacts:
    """A code's own texts, as Go's admin last left them, and the names that may not appear."""

    code: str
    title: str
    description: str
    strengths: tuple[str, ...]
    challenges: tuple[str, ...]
    strategies: tuple[str, ...]
    work_environments: tuple[str, ...]
    interaction_styles: tuple[str, ...]
    profession_names: tuple[str, ...]


def find_about_defects(text: str, facts: PersonalityFacts) -> list[str]:
    """What breaks the rules, in English; empty: fine."""
    defects = []
    low, high = SENTENCES
    if not low <= count_sentences(text) <= high or not ends_complete(text):
        defects.append(f"must be {low} to {high} complete sentences")
    if len(text) > MAX_CHARS:
        defects.append(f"is longer than {MAX_CHARS} characters")
    if not re.search(r"\bkamu\b", text, re.IGNORECASE):
        defects.append("must address the reader as kamu")
    if names_profession(text, _possible_names(text, facts.profession_names)):
        defects.append("names a profession")
    return defects


def compose_about(facts: PersonalityFacts) -> str:
    """Four to six sentences from the code's description, else from its lists; deterministic.

    Always passes `find_about_defects`: what does not fit is left out, what is missing is said in
    general words.
    """
    own = [sentence for sentence in _sentences(facts.description) if _fits(sentence, facts)]
    if len(own) < SENTENCES[0] - 1:
        spare = (*facts.strengths, *facts.interaction_styles, *facts.work_environments)
        own.extend(item for item in map(_whole, spare) if item not in own and _fits(item, facts))
    own = own[: SENTENCES[1] - 2]
    missing = max(0, SENTENCES[0] - 2 - len(own))
    text = " ".join((_opening(facts), *own, *GENERAL[:missing], CLOSING))
    return LAST_RESORT if find_about_defects(text, facts) else text


def _opening(facts: PersonalityFacts) -> str:
    title = re.sub(r"[.!?]+", "", " ".join(facts.title.split()))[:MAX_TITLE_CHARS].strip()
    opening = f"Kodemu {facts.code}: {title}." if title else f"Kodemu {facts.code}."
    return opening if _fits(opening, facts) else "Kamu punya perpaduan minat yang khas."


def _sentences(text: str) -> Iterator[str]:
    for part in SENTENCE_BREAK.split(text.strip()):
        yield _whole(part)


def _whole(text: str) -> str:
    return " ".join(text.split())


def _fits(sentence: str, facts: PersonalityFacts) -> bool:
    """Whether it can stand in the text as one sentence."""
    return (
        count_sentences(sentence) == 1
        and ends_complete(sentence)
        and len(sentence) <= MAX_CHARS // SENTENCES[1]
        and not names_profession(sentence, _possible_names(sentence, facts.profession_names))
    )


def _possible_names(text: str, names: Iterable[str]) -> list[str]:
    """Names whose first word is in the text at all: the catalogue may hold ten thousand."""
    lowered = text.lower()
    return [name for name in names if _first_word(name) in lowered]


def _first_word(name: str) -> str:
    found = re.search(r"\w+", name.lower())
    return found.group() if found else "\0"
