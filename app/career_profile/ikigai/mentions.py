"""Where a text names candidates: by name, by key, or by number."""

import re
from functools import lru_cache

from app.career_profile.ikigai.disguises import fold

NUMBERS = (
    r"(?:nol|zero|o)[ -]?(?:satu|dua|tiga|empat|lima|enam|tujuh|delapan|sembilan|one|two|three|four"
    r"|five|six|seven|eight|nine)|sepuluh|belas|ten|eleven|twelve"
)
KEY = re.compile(rf"(?<!\w)c[\s\-_.#]{{0,2}}(?:0\d|[12]\d|3[01]|{NUMBERS})(?!\w)")
# Rooms, buildings and chords have such names too.
PLACE = re.compile(
    r"\b(?:ruang\w*|kelas|gedung|blok|meja|kursi|lantai|gerbang|room|seat|gate|level|nada|vitamin"
    r"|tipe|seri|rak|loker|bus)\W{1,2}c[\s\-_.]?\d{1,2}\b"
)
COUNTED = re.compile(
    r"\b(?:kandidat|candidate|opsi|option|entri|entry)\W{1,2}"
    r"(?:nomor |nomer |number |no\.? ?|ke[- ]?|yang ke[- ]?|#)?"
    r"(?:\d{1,2}|satu|pertama|kedua|ketiga|keempat|kelima|keenam|ketujuh|kedelapan|kesembilan"
    r"|kesepuluh|terakhir|one|two|three|four|five|six|seven)\b"
    r"|\b(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|last)"
    r" (?:candidate|entry|option)\b"
)


def mark(folded: str, names: re.Pattern[str]) -> str:
    """The folded text with candidates as `zname`, `zkey` and `zopt`."""
    keyed = KEY.sub(" zkey ", PLACE.sub(" ", names.sub(" zname ", folded)))
    return COUNTED.sub(" zopt ", keyed)


@lru_cache(maxsize=64)
def name_pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    """Any of the names in folded text however its words are parted, longest first."""
    parts = sorted({tuple(re.findall(r"\w+", fold(name))) for name in names}, key=_length)
    any_name = "|".join(r"[\W_]{0,3}".join(map(re.escape, words)) for words in parts if words)
    return re.compile(rf"(?<![^\W_])(?:{any_name})(?![^\W_])" if any_name else r"(?!)")


def _length(words: tuple[str, ...]) -> int:
    return -sum(map(len, words))
