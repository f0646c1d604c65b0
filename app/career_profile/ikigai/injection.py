"""Finds what a text says to the judge instead of about the writer, and leaves it out.

Deterministic. It only weakens a text: what remains is judged like any other, and nothing that
remains is no evidence; the person is never marked. `injection_patterns` holds the wording.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from app.career_profile.ikigai.disguises import encoded_parts, fold, readings, spelled_words
from app.career_profile.ikigai.injection_patterns import (
    POINTED,
    QUOTED,
    STRONG,
    TOLD,
    WEAK,
    Order,
)

SEGMENT = re.compile(r".+?(?:[.!?;]+[\"'”’)\]]*(?=\s|$)|(?=\n)|$)\s*", re.DOTALL)
FENCE = re.compile(r"(?:```|~~~).*?(?:```|~~~|\Z)", re.DOTALL)
OPEN_BLOCK = re.compile(r"[{\[]")
CLOSING = {"{": "}", "[": "]"}
JUDGE_FIELDS = re.compile(
    r"[\"'](?:scores?|r_raw|k|s|b|skor)[\"']\s*:|[\"']role[\"']\s*:\s*[\"'](?:system|assistant|developer)|"
    r"zkey|[\"'](?:system|instructions?|instruksi|override|perintah|policy)[\"']\s*:"
)
NAMED_SCORE = re.compile(
    r"(?:nilai|skor|score|rank\w*|peringkat|rating|match|fit|cocok|top\w*|hasil|result)\W{1,5}"
)
NUMBERS = (
    r"(?:nol|zero|o)[ -]?(?:satu|dua|tiga|empat|lima|enam|tujuh|delapan|sembilan|one|two|three|four|five|"
    r"six|seven|eight|nine)|sepuluh|belas|ten|eleven|twelve"
)
KEY = re.compile(rf"(?<!\w)c[\s\-_.#]{{0,2}}(?:0\d|[12]\d|3[01]|{NUMBERS})(?!\w)")
COUNTED = re.compile(
    r"\b(?:kandidat|candidate|opsi|option|entri|entry)\W{1,2}(?:nomor |nomer |number |no\.? ?|ke[- ]?|yang ke[- ]?|#)?"
    r"(?:\d{1,2}|satu|pertama|kedua|ketiga|keempat|kelima|keenam|ketujuh|kedelapan|kesembilan|kesepuluh|terakhir|one|two|three|four|five|six|seven)\b"
    r"|\b(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|last) (?:candidate|entry|option)\b"
)
# Rooms, buildings and chords have such names too.
PLACE = re.compile(
    r"\b(?:ruang\w*|kelas|gedung|blok|meja|kursi|lantai|gerbang|room|seat|gate|level|nada|vitamin|tipe|seri|rak|loker|bus)"
    r"\W{1,2}c[\s\-_.]?\d{1,2}\b"
)
COPIED_WORDS = 8
LISTED_NAMES = 4
REPEATED_NAME = 3
CROWDED_SHARE = 0.5
CHANTED_SHARE = 0.15
JOINED_LINES = 3
SHORT_LINE = 3


@dataclass(frozen=True, slots=True)
class Weakened:
    """`text` is what may be judged, identical to the input when `orders` is empty."""

    text: str
    orders: frozenset[Order]


@dataclass(frozen=True, slots=True)
class Candidates:
    """The names that a text could push, and the texts that it could copy."""

    names: tuple[str, ...]
    own_texts: tuple[str, ...] = ()


def weaken(text: str, candidates: Candidates) -> Weakened:
    """The text without the sentences and blocks that address the judge, stuff names, or copy a
    candidate's own description. `text` is normalised (`user_text.normalise`).
    """
    names = _name_pattern(candidates.names)
    rest, orders = _without_blocks(text, names)
    segments = _segments(rest)
    found = _find_orders(segments, names)
    if orders or any(found):
        orders |= {order for order in found if order is not None}
        found = [
            order or _accomplice(part, names) for part, order in zip(segments, found, strict=True)
        ]
    found = _find_stuffing(segments, found, names)
    found = _find_copies(segments, found, candidates.own_texts)
    orders |= {order for order in found if order is not None}
    if not orders:
        return Weakened(text, frozenset())
    kept = "".join(part for part, order in zip(segments, found, strict=True) if order is None)
    return Weakened(kept.strip() if any(map(str.isalpha, kept)) else "", frozenset(orders))


def _segments(text: str) -> list[str]:
    """Sentences and lines; words set one below the other stay together."""
    result: list[str] = []
    for match in SEGMENT.finditer(text):
        short = len(match[0].split()) <= SHORT_LINE
        before = result[-1].splitlines()[-1] if result else ""
        if short and result and result[-1].endswith("\n") and len(before.split()) <= SHORT_LINE:
            result[-1] += match[0]
        else:
            result.append(match[0])
    return result


def _without_blocks(text: str, names: re.Pattern[str]) -> tuple[str, set[Order]]:
    """The text without encoded orders, fenced orders and fake JSON."""
    orders: set[Order] = set()
    for start, end, decoded in reversed(list(encoded_parts(text))):
        if _names_something(decoded, names) or _orders_plainly(decoded, names):
            text = text[:start] + " " + text[end:]
            orders.add(Order.ENCODED)
    for match in reversed(list(FENCE.finditer(text))):
        if _is_fake_json(match[0], names) or _orders_plainly(match[0], names):
            text = text[: match.start()] + " " + text[match.end() :]
            orders.add(Order.FAKE_OUTPUT)
    at = 0
    while opening := OPEN_BLOCK.search(text, at):
        end = _closing(text, opening.start())
        if _is_fake_json(text[opening.start() : end], names):
            text = text[: opening.start()] + " " + text[end:]
            orders.add(Order.FAKE_OUTPUT)
        at = opening.start() + 1
    return text, orders


def _closing(text: str, start: int) -> int:
    """Behind the bracket that closes the one at `start`; the end of the text without one."""
    depth = 0
    for place in range(start, len(text)):
        depth += (text[place] == text[start]) - (text[place] == CLOSING[text[start]])
        if depth == 0:
            return place + 1
    return len(text)


def _is_fake_json(block: str, names: re.Pattern[str]) -> bool:
    marked = _mark(fold(block), names)
    if JUDGE_FIELDS.search(marked):
        return True
    return "zname" in marked and NAMED_SCORE.search(marked) is not None


def _find_orders(segments: Sequence[str], names: re.Pattern[str]) -> list[Order | None]:
    """The order in each segment; lines that only together make one all carry it."""
    found = [_order_in(part, names) for part in segments]
    for size in range(2, JOINED_LINES + 1):
        for start in range(len(segments) - size + 1):
            lines = segments[start : start + size]
            if any(found[start : start + size]) or not all("\n" in line for line in lines[:-1]):
                continue
            if order := _order_in(" ".join(line.strip() for line in lines), names):
                found[start : start + size] = [order] * size
    return found


def _order_in(part: str, names: re.Pattern[str]) -> Order | None:
    for reading in readings(part):
        marked = _mark(reading, names)
        for order, pattern in STRONG:
            if (match := pattern.search(marked)) and not _is_told(marked, match):
                return order
    for word in spelled_words(part):
        if _squeezed_order(word, names):
            return Order.OVERRIDE
    return None


def _is_told(marked: str, match: re.Match[str]) -> bool:
    """Whether the order stands in quotes in somebody's account of it and points at nobody."""
    if not TOLD.search(marked):
        return False
    quotes = [quote for quote in QUOTED.finditer(marked) if not POINTED.search(quote["said"])]
    return any(
        quote.start() <= match.start() + 1 and match.end() <= quote.end() for quote in quotes
    )


SQUEEZED = (
    "abaikan",
    "instruksi",
    "aturan",
    "ignore",
    "instruction",
    "override",
    "skor",
    "score",
    "nilai",
    "sistem",
    "system",
)


def _squeezed_order(word: str, names: re.Pattern[str]) -> bool:
    return any(item in word for item in SQUEEZED) or names.search(word) is not None


def _orders_plainly(text: str, names: re.Pattern[str]) -> bool:
    return any(_order_in(match[0], names) for match in SEGMENT.finditer(text))


def _names_something(text: str, names: re.Pattern[str]) -> bool:
    return "z" in (marked := _mark(fold(text), names)) and bool(re.search("zname|zkey", marked))


def _accomplice(part: str, names: re.Pattern[str]) -> Order | None:
    for reading in readings(part):
        marked = _mark(reading, names)
        if any(pattern.search(marked) for pattern in WEAK):
            return Order.ACCOMPLICE
    return None


def _find_stuffing(
    segments: Sequence[str], found: Sequence[Order | None], names: re.Pattern[str]
) -> list[Order | None]:
    """Sentences that are little else than names, repeated or listed, and chants of one name."""
    result = list(found)
    marked = [fold(part) for part in segments]
    mentions = [names.findall(part) for part in marked]
    counts: dict[str, int] = {}
    for part in mentions:
        for name in part:
            counts[_squeeze(name)] = counts.get(_squeeze(name), 0) + 1
    total = len(re.findall(r"\w+", " ".join(marked)))
    chants = {
        name
        for name, count in counts.items()
        if count > REPEATED_NAME and count * 2 >= CHANTED_SHARE * total
    }
    for place, part in enumerate(mentions):
        words = len(re.findall(r"\w+", marked[place]))
        crowd = sum(len(re.findall(r"\w+", name)) for name in part)
        crowded = crowd >= CROWDED_SHARE * words
        different = {_squeeze(name) for name in part}
        listed = len(different) >= LISTED_NAMES and crowded
        repeated = len(part) >= REPEATED_NAME and len(different) < len(part) and crowded
        chanted = bool(different & chants)
        if part and result[place] is None and (listed or repeated or chanted):
            result[place] = Order.STUFFING
    return result


def _find_copies(
    segments: Sequence[str], found: Sequence[Order | None], own_texts: Sequence[str]
) -> list[Order | None]:
    """Sentences that hold eight words in a row of a candidate's own description."""
    runs = _runs_of(tuple(own_texts))
    return [
        order or (Order.COPIED if not runs.isdisjoint(_runs(part)) else None)
        for part, order in zip(segments, found, strict=True)
    ]


@lru_cache(maxsize=64)
def _runs_of(own_texts: tuple[str, ...]) -> frozenset[tuple[str, ...]]:
    return frozenset(run for text in own_texts for run in _runs(text))


def _runs(text: str) -> list[tuple[str, ...]]:
    words = re.findall(r"\w+", fold(text))
    return [tuple(words[at : at + COPIED_WORDS]) for at in range(len(words) - COPIED_WORDS + 1)]


def _mark(folded: str, names: re.Pattern[str]) -> str:
    return COUNTED.sub(" zopt ", KEY.sub(" zkey ", PLACE.sub(" ", names.sub(" zname ", folded))))


@lru_cache(maxsize=64)
def _name_pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    """Any of the names however its words are parted, longest first."""
    parts = sorted({tuple(re.findall(r"\w+", fold(name))) for name in names}, key=_length)
    any_name = "|".join(r"[\W_]{0,3}".join(map(re.escape, words)) for words in parts if words)
    return re.compile(rf"(?<![^\W_])(?:{any_name})(?![^\W_])" if any_name else r"(?!)")


def _length(words: tuple[str, ...]) -> int:
    return -sum(map(len, words))


def _squeeze(name: str) -> str:
    return re.sub(r"[\W_]", "", name)
