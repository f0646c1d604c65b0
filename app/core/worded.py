"""Patterns that are tried only where a word stands without which they cannot match.

To look for a word costs a hundredth of what most patterns cost, and most texts have none of the
words. Which words those are is read off the pattern by the standard library's own parser.
"""

import re
from re import _parser  # the one that knows what a pattern means
from typing import Any

Words = frozenset[str]
NOTHING: Words = frozenset()


class WordedPattern:
    """A pattern that minds case; finds what the plain one finds."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self._compiled = re.compile(pattern)
        if self._compiled.flags & re.IGNORECASE:
            raise ValueError("words are looked for as they are written")
        # Without words there is the empty one, which every text has.
        self._words = tuple(needed_words(pattern)) or ("",)

    def search(self, text: str) -> re.Match[str] | None:
        for word in self._words:  # any() would cost more than what it looks for
            if word in text:
                return self._compiled.search(text)
        return None


def needed_words(pattern: str) -> Words:
    """Every text in which the pattern is found has one of these; empty: nothing is certain."""
    return _needed(_parser.parse(pattern))


def _needed(parts: Any) -> Words:
    """A sequence needs what each of its parts needs: the most telling counts. A choice needs what
    any of its branches needs.
    """
    found: list[Words] = []
    run = ""
    for code, given in parts:
        if str(code) == "LITERAL":
            run += chr(given)
            continue
        found += [frozenset({run}), _needed_by(str(code), given)]
        run = ""
    return max([*found, frozenset({run})], key=_tells)


def _needed_by(code: str, given: Any) -> Words:
    match code:
        case "SUBPATTERN" if not given[1]:  # with no flags of its own
            return _needed(given[-1])
        case "BRANCH":
            branches = [_needed(branch) for branch in given[1]]
            return frozenset().union(*branches) if all(map(_tells, branches)) else NOTHING
        case "MAX_REPEAT" | "MIN_REPEAT" if given[0] > 0:
            return _needed(given[2])
    return NOTHING  # classes, looks around, what may be absent


def _tells(words: Words) -> int:
    """How much the shortest of them tells; 0: nothing."""
    return min(map(len, words), default=0)
