"""Short verbatim parts of a user's own text that may stand in a sentence about them."""

import re
import unicodedata
from collections.abc import Sequence

from app.career_profile.ikigai.content import names_profession
from app.career_profile.ikigai.lexical import judge_text
from app.career_profile.ikigai.stance import AGAINST, read_clauses
from app.career_profile.ikigai.stemming import is_indonesian, split_words
from app.career_profile.ikigai.wordlists import load_stopwords
from app.llm.user_text import mask_personal_data, normalise
from app.professions.context import ScoringContext

MAX_QUOTE_CHARS = 140
MIN_WORDS = 4
MIN_DIFFERENT_WORDS = 3
MIN_KNOWN_SHARE = 0.5
MIN_LETTER_SHARE = 0.75
SHOUTING_SHARE = 0.6
SENTENCE_BREAK = re.compile(r"[.!?;…。]+(?=\s|$|[\"'”’)])|\n+")
WEB = re.compile(r"https?:|www\.|@|\w\.(?:com|id|net|org|io|co)\b|\[email\]|\[nomor\]", re.I)
DIGITS = re.compile(r"\d{6,}")
KEPT_MARKS = frozenset(",-'&%+#/:")
TRAILING = " ,-:/&+'#"
# Where a sentence holds what a quote may not: between these the words stand as they were written.
INTERRUPTION = re.compile(r"[^\w\s,.\-'&%+#/:]+")
RELATED = 0.2
NEUTRAL = 0.5


def find_quotes(text: str, telling_names: Sequence[str]) -> list[str]:
    """Usable parts in order of appearance, each at most 140 characters of whole words.

    Without personal data, addresses, names of professions, quotation marks, line breaks and
    anything that ends a sentence. Empty when the text has no part in ordinary words.
    """
    masked = mask_personal_data(normalise(text))
    found = [_shorten(_clean(part)) for part in SENTENCE_BREAK.split(masked) if _is_private(part)]
    return [quote for quote in found if _is_usable(quote, telling_names)]


def find_verbatim(text: str, telling_names: Sequence[str]) -> list[str]:
    """Like `find_quotes`, but every part stands in `text` character for character, each once.

    A sentence with quotation marks or brackets gives the parts between them.
    """
    masked = mask_personal_data(normalise(text))
    parts = [part for part in SENTENCE_BREAK.split(masked) if _is_private(part)]
    pieces = dict.fromkeys(piece for part in parts for piece in INTERRUPTION.split(part))
    found = dict.fromkeys(_shorten(_clean(piece)) for piece in pieces)
    return [quote for quote in found if quote in text and _is_usable(quote, telling_names)]


def speaks_against(quote: str) -> bool:
    return any(clause.stance <= AGAINST for clause in read_clauses(quote))


def supporting(work: ScoringContext, quotes: Sequence[str]) -> list[str]:
    """The quotes that speak of this work and not against it, those that speak most of it first."""
    return supporting_each([work], quotes)[work.profession_id]


def supporting_each(works: Sequence[ScoringContext], quotes: Sequence[str]) -> dict[int, list[str]]:
    """`supporting` by profession id; no quote may name one of the works."""
    found: dict[int, list[tuple[float, str]]] = {work.profession_id: [] for work in works}
    for quote in quotes:
        for profession_id, judged in judge_text(quote, works).items():
            if judged.k >= RELATED and judged.s >= NEUTRAL and not speaks_against(quote):
                found[profession_id].append((judged.k, quote))
    return {
        profession_id: [quote for _, quote in sorted(pairs, key=lambda pair: -pair[0])]
        for profession_id, pairs in found.items()
    }


def _is_private(part: str | None) -> bool:
    """Whether it leads nowhere but to the user's own words."""
    return bool(part) and not WEB.search(part or "") and not DIGITS.search(part or "")


def _clean(part: str) -> str:
    kept = "".join(char if _is_plain(char) else " " for char in part)
    words = " ".join(kept.split()).strip(TRAILING)
    letters = [char for char in words if char.isalpha()]
    shouting = sum(char.isupper() for char in letters) > SHOUTING_SHARE * len(letters)
    words = words.lower() if shouting else words
    return re.sub(r"[.!?]+(?=\s|$)", "", words).strip(TRAILING)


def _is_plain(char: str) -> bool:
    return char in KEPT_MARKS or char == "." or unicodedata.category(char)[0] in "LMN"


def _shorten(quote: str) -> str:
    """Cut at the last comma that leaves enough, or after a whole word."""
    if len(quote) <= MAX_QUOTE_CHARS:
        return quote
    kept = quote[: MAX_QUOTE_CHARS + 1]
    before_comma = kept.rpartition(",")[0]
    if len(before_comma.split()) > MIN_WORDS:
        return before_comma.strip(TRAILING)
    return kept.rpartition(" ")[0].strip(TRAILING)


def _is_usable(quote: str, telling_names: Sequence[str]) -> bool:
    words = split_words(quote)
    solid = quote.replace(" ", "")
    if len(words) < MIN_WORDS or len(set(words)) < MIN_DIFFERENT_WORDS:
        return False
    if sum(char.isalpha() for char in solid) < MIN_LETTER_SHARE * len(solid):
        return False
    known = sum(word in load_stopwords() or is_indonesian(word) for word in words)
    return known >= MIN_KNOWN_SHARE * len(words) and not names_profession(quote, telling_names)
