"""What a narrative of an option must look like, and what is wrong with one."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from app.career_profile.ikigai.dimensions import DIMENSIONS, Dimension

SENTENCES = 2
MIN_WORDS = 20
MAX_WORDS = 50
MAX_SELF_REFERENCES = 1
# A full stop ends a sentence at the end, or before something that begins one: not in "dkk. lalu".
SENTENCE_END = re.compile(r"[.!?]+[\"”’')\]]*(?=\s+[\"“‘(\[]*[A-Z0-9]|\s*$)")
POSSESSIVE = r"(?:nya|mu|ku)?"

Narratives = Mapping[Dimension, str]


def count_sentences(text: str) -> int:
    return len(SENTENCE_END.findall(text.strip()))


def ends_complete(text: str) -> bool:
    found = list(SENTENCE_END.finditer(text.strip()))
    return bool(found) and found[-1].end() == len(text.strip())


def find_defects(text: str, telling_names: Sequence[str]) -> list[str]:
    """What breaks the rules in one narrative, in English for the repair call; empty: fine.

    `telling_names` are the profession's name and the job titles that would give it away.
    """
    defects = []
    words = len(text.split())
    if count_sentences(text) != SENTENCES or not ends_complete(text):
        defects.append(f"must be exactly {SENTENCES} complete sentences")
    if not MIN_WORDS <= words <= MAX_WORDS:
        defects.append(f"has {words} words, must have 25 to 40")
    if names_profession(text, telling_names):
        defects.append("names the profession or a job title")
    if text.lower().count("profesi ini") > MAX_SELF_REFERENCES:
        defects.append('says "profesi ini" more than once')
    return defects


def names_profession(text: str, telling_names: Sequence[str]) -> bool:
    """Whether a name stands in the text as a whole, also hyphenated or with -nya, -mu, -ku."""
    lowered = text.lower()
    return any(_loosely(name).search(lowered) for name in telling_names if name.strip())


@lru_cache(maxsize=4_000)
def _loosely(name: str) -> re.Pattern[str]:
    words = r"[\W_]+".join(re.escape(word) for word in re.findall(r"\w+", name.lower()))
    return re.compile(rf"(?<!\w){words}{POSSESSIVE}(?!\w)")


def find_narrative_defects(
    narratives: Narratives, telling_names: Sequence[str]
) -> dict[Dimension, list[str]]:
    """Defects by dimension, only those that have any."""
    found = {name: find_defects(narratives[name], telling_names) for name in DIMENSIONS}
    return {name: defects for name, defects in found.items() if defects}
