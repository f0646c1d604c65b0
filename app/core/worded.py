"""Patterns that are tried only where a word stands without which they cannot match.

To look for a word costs a hundredth of what most patterns cost, and most texts have none of the
words. Which words those are is read off the pattern by the standard library's own parser.
"""

import re
from re import _parser  # type: ignore[attr-defined, unused-ignore]  # only some stubs name it
from typing import Any

Words = frozenset[str]
ANY_TEXT: Words = frozenset({""})  # the word that every text has
TELLING_CHARS = 3


class WordedPattern:
    """A pattern that minds case; finds what the plain one finds."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self._compiled = re.compile(pattern)
        if self._compiled.flags & re.IGNORECASE:
            raise ValueError("words are looked for as they are written")
        self._words = tuple(needed_words(pattern))

    def search(self, text: str) -> re.Match[str] | None:
        for word in self._words:  # any() would cost more than what it looks for
            if word in text:
                return self._compiled.search(text)
        return None


def needed_words(pattern: str) -> Words:
    """Every text in which the pattern is found has one of these."""
    return _needed(_parser.parse(pattern))


def _needed(parts: Any) -> Words:
    """A sequence needs what each of its parts needs: the most telling is kept."""
    found = []
    run = ""
    for code, given in parts:
        if str(code) == "LITERAL":
            run += chr(given)
        else:
            found += [frozenset({run}), _needed_by(str(code), given)]
            run = ""
    return max([*found, frozenset({run})], key=_tells)


def _needed_by(code: str, given: Any) -> Words:
    """A choice needs what any of its branches needs."""
    match code:
        case "SUBPATTERN" if not given[1]:  # with no flags of its own
            return _needed(given[-1])
        case "BRANCH":
            return frozenset[str]().union(*map(_needed, given[1]))
        case "MAX_REPEAT" | "MIN_REPEAT" if given[0] > 0:
            return _needed(given[2])
    return ANY_TEXT  # classes, looks around, what may be absent


def _tells(words: Words) -> tuple[bool, int, int]:
    """Few words are best, but none so short that it stands everywhere."""
    shortest = min(map(len, words))
    return shortest >= TELLING_CHARS, -len(words), shortest
