"""Indonesian stems of words, as books and as chats spell them."""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files

from Sastrawi.Dictionary.ArrayDictionary import ArrayDictionary
from Sastrawi.Stemmer.Stemmer import Stemmer
from Sastrawi.Stemmer.StemmerFactory import StemmerFactory

CACHED_STEMS = 20_000
MAX_WORD_CHARS = 30
MIN_STEM_CHARS = 3
SPOKEN_PREFIXES = (
    ("nge", ("", "ke")),
    ("ng", ("", "k")),
    ("ny", ("s", "c")),
    ("n", ("t",)),
    ("m", ("p",)),
)
WORD = re.compile(r"[^\W_]+[+#]*")


def split_words(text: str) -> list[str]:
    """Lower-case words in order; "c++" and "c#" stay whole, "teman-teman" gives two."""
    return WORD.findall(unicodedata.normalize("NFKC", text).lower())


def is_indonesian(word: str) -> bool:
    """Whether the stem of a lower-case word is a word of the language or of its chats."""
    stemmed = stem(word)
    found: bool = _stemmer().get_dictionary().contains(stemmed)
    return found or word in load_overrides()


@lru_cache(maxsize=CACHED_STEMS)
def stem(word: str) -> str:
    """The stem of a lower-case word; a foreign or unknown word stays as it is."""
    override = load_overrides().get(word)
    if override is not None:
        return override
    if not word.isascii() or not word.isalpha() or not 3 < len(word) <= MAX_WORD_CHARS:
        return word
    found: str = _stemmer().stem_word(word)
    if found == word:
        found = _formal_root(word) or word
    return found if len(found) >= MIN_STEM_CHARS else word


def _formal_root(word: str) -> str | None:
    """The dictionary root of a chat spelling: ngerekam, nyimpan, motong, kirimin; else None."""
    dictionary = _stemmer().get_dictionary()
    if dictionary.contains(word):
        return None
    bare = word.removesuffix("in")
    roots = [bare]
    for spoken, formal in SPOKEN_PREFIXES:
        if bare.startswith(spoken):
            roots += [first + bare.removeprefix(spoken) for first in formal]
    return next((root for root in roots if len(root) > 3 and dictionary.contains(root)), None)


@cache
def load_overrides() -> Mapping[str, str]:
    """Words whose stem the stemmer gets wrong, and informal spellings."""
    text = files("app.career_profile.ikigai").joinpath("lexicon", "stems.toml")
    words: dict[str, str] = tomllib.loads(text.read_text(encoding="utf-8"))["words"]
    return {value: value for value in words.values()} | words


@cache
def _stemmer() -> Stemmer:
    """Without the factory's own cache: it never forgets, and users write anything."""
    return Stemmer(ArrayDictionary(StemmerFactory().get_words()))
