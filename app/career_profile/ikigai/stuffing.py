"""Sentences that fit a candidate only because they repeat its name or copy its description."""

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from app.career_profile.ikigai.disguises import fold

COPIED_WORDS = 8
LISTED_NAMES = 4
REPEATED_NAME = 3
CROWDED_SHARE = 0.5
CHANTED_SHARE = 0.15
WORD = re.compile(r"\w+")


def stuffed(segments: Sequence[str], names: re.Pattern[str]) -> list[bool]:
    """For each sentence whether it is little else than names, repeated or listed, or part of the
    chant of one name through the whole text.
    """
    folded = [fold(part) for part in segments]
    mentions = [list(map(_squeeze, names.findall(part))) for part in folded]
    total = len(WORD.findall(" ".join(folded)))
    counts = Counter(name for part in mentions for name in part)
    chants = {
        name
        for name, count in counts.items()
        if count > REPEATED_NAME and 2 * count >= CHANTED_SHARE * total
    }
    return [
        bool(chants.intersection(mentioned)) or _is_crowded(part, mentioned, names)
        for part, mentioned in zip(folded, mentions, strict=True)
    ]


def _is_crowded(folded: str, mentioned: Sequence[str], names: re.Pattern[str]) -> bool:
    different = len(set(mentioned))
    listed = different >= LISTED_NAMES
    repeated = len(mentioned) >= REPEATED_NAME and different < len(mentioned)
    if not listed and not repeated:
        return False
    inside = sum(len(WORD.findall(name)) for name in names.findall(folded))
    return inside >= CROWDED_SHARE * len(WORD.findall(folded))


def is_copied(part: str, own_texts: tuple[str, ...]) -> bool:
    """Whether eight words in a row come from one of the candidates' own texts."""
    runs = _runs(part)
    return bool(runs) and not runs.isdisjoint(_all_runs(own_texts))


@lru_cache(maxsize=64)  # the same candidates are asked about four times, and by many people
def _all_runs(texts: tuple[str, ...]) -> frozenset[str]:
    return frozenset().union(*map(_runs_of_candidate, texts))


@lru_cache(maxsize=4_000)
def _runs_of_candidate(text: str) -> frozenset[str]:
    return _runs(text)


def _runs(text: str) -> frozenset[str]:
    words = WORD.findall(fold(text))
    last = len(words) - COPIED_WORDS + 1
    return frozenset(" ".join(words[at : at + COPIED_WORDS]) for at in range(last))


def _squeeze(name: str) -> str:
    return re.sub(r"[\W_]", "", name)
