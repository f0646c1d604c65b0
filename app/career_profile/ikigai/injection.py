"""Finds what a text says to the judge instead of about the writer, and leaves it out.

Deterministic. It only weakens a text: what remains is judged like any other, and nothing that
remains is no evidence; the person is never marked. `injection_patterns` holds the wording.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.career_profile.ikigai.disguises import (
    encoded_parts,
    fold,
    hidden_readings,
    readings,
    spelled_words,
)
from app.career_profile.ikigai.injection_patterns import Order, load_wording
from app.career_profile.ikigai.mentions import mark, name_pattern
from app.career_profile.ikigai.stuffing import is_copied, stuffed

SEGMENT = re.compile(r".+?(?:[.!?;]+[\"'”’)\]]*(?=\s|$)|(?=\n)|$)\s*", re.DOTALL)
FENCE = re.compile(r"(?:```|~~~).*?(?:```|~~~|\Z)", re.DOTALL)
OPEN_BLOCK = re.compile(r"[{\[]")
CLOSING = {"{": "}", "[": "]"}
JUDGE_FIELDS = re.compile(
    r"[\"'](?:scores?|r_raw|k|s|b|skor)[\"']\s*:|zkey"
    r"|[\"']role[\"']\s*:\s*[\"'](?:system|assistant|developer)"
    r"|[\"'](?:system|instructions?|instruksi|override|perintah|policy)[\"']\s*:"
)
NAMED_SCORE = re.compile(
    r"(?:nilai|skor|score|rank\w*|peringkat|rating|match|fit|cocok|top\w*|hasil|result)\W{1,5}"
)
SQUEEZED_ORDERS = [
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
]
MAX_BLOCKS = 50
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
    names = name_pattern(candidates.names)
    rest, orders = _without_blocks(text, names)
    segments = _segments(rest)
    found = _find_orders(segments, names)
    if orders or any(found):
        orders |= {order for order in found if order is not None}
        found = [
            order or _accomplice(part, names) for part, order in zip(segments, found, strict=True)
        ]
    stuffing = stuffed(segments, names)
    found = [
        order or _padding(part, is_stuffed, candidates.own_texts)
        for part, order, is_stuffed in zip(segments, found, stuffing, strict=True)
    ]
    orders |= {order for order in found if order is not None}
    if not orders:
        return Weakened(text, frozenset())
    kept = "".join(part for part, order in zip(segments, found, strict=True) if order is None)
    return Weakened(kept.strip() if any(map(str.isalpha, kept)) else "", frozenset(orders))


def _padding(part: str, is_stuffed: bool, own_texts: tuple[str, ...]) -> Order | None:
    if is_stuffed:
        return Order.STUFFING
    return Order.COPIED if is_copied(part, own_texts) else None


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
    for _ in range(MAX_BLOCKS):
        if not (opening := OPEN_BLOCK.search(text, at)):
            break
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
    marked = mark(fold(block), names)
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
        marked = mark(reading, names)
        for item in load_wording().orders:
            match = item.pattern.search(marked)
            if match and not _is_told(marked, match):
                return item.order
        if _faces_the_judge(marked):
            return Order.SCORE
    if any(names.search(reading) for reading in hidden_readings(part)):
        return Order.ENCODED
    if any(_squeezed_order(word, names) for word in spelled_words(part)):
        return Order.OVERRIDE
    return None


def _faces_the_judge(marked: str) -> bool:
    """Whether a sentence about a candidate speaks to the judge rather than of the writer."""
    if "zname" not in marked and "zkey" not in marked:
        return False
    wording = load_wording()
    facing = sum(pattern.search(marked) is not None for pattern in wording.facing)
    beside = sum(pattern.search(marked) is not None for pattern in wording.beside)
    needed = 3 if wording.writer.search(marked) else 2
    return facing > 0 and facing + beside >= needed


def _is_told(marked: str, match: re.Match[str]) -> bool:
    """Whether the order stands in quotes in somebody's account of it and points at nobody."""
    wording = load_wording()
    if not wording.told.search(marked):
        return False
    quotes = [
        quote
        for quote in wording.quoted.finditer(marked)
        if not wording.pointed.search(quote["said"])
    ]
    return any(
        quote.start() <= match.start() + 1 and match.end() <= quote.end() for quote in quotes
    )


def _squeezed_order(word: str, names: re.Pattern[str]) -> bool:
    return any(item in word for item in SQUEEZED_ORDERS) or names.search(word) is not None


def _orders_plainly(text: str, names: re.Pattern[str]) -> bool:
    return any(_order_in(match[0], names) for match in SEGMENT.finditer(text))


def _names_something(text: str, names: re.Pattern[str]) -> bool:
    return re.search("zname|zkey", mark(fold(text), names)) is not None


def _accomplice(part: str, names: re.Pattern[str]) -> Order | None:
    for reading in readings(part):
        marked = mark(reading, names)
        if any(pattern.search(marked) for pattern in load_wording().accomplices):
            return Order.ACCOMPLICE
    return None
