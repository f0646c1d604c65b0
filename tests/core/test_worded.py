"""Patterns that are tried only where their words stand find what they would find anyway."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.career_profile.ikigai.injection_patterns import load_wording
from app.core.worded import ANY_TEXT, WordedPattern, needed_words
from app.llm import withheld

WORDING = load_wording()
IN_USE = [
    *(item.pattern for item in WORDING.orders),
    *WORDING.accomplices,
    *WORDING.facing,
    *WORDING.beside,
    *withheld.ABOUT_ONESELF,
    withheld.OWN_THOUGHT,
    withheld.SUBJECT,
]


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        (r"\bzname\b", {"zname"}),
        (r"(?:abaikan|lupakan)\s+semua", {"semua"}),
        (r"(?:abaikan|lupakan)\W+\w+", {"abaikan", "lupakan"}),
        (r"z(?:name|key)", {"name", "key"}),  # the parser takes common beginnings out
        (r"(?:satu){2}", {"satu"}),
        (r"(?:satu)?dua?", {"du"}),
        (r"(?:satu|\d)", ANY_TEXT),
        (r"satu|dua", {"satu", "dua"}),
        (r"(?=satu)\w+", ANY_TEXT),
        (r"(?<!satu)[dt]ua", {"ua"}),
        (r"(?i:satu)", ANY_TEXT),
        (r"[satu]+", ANY_TEXT),
        (r"", ANY_TEXT),
    ],
)
def test_words(pattern: str, words: set[str]) -> None:
    assert needed_words(pattern) == words


def test_case_counts() -> None:
    with pytest.raises(ValueError, match="as they are written"):
        WordedPattern(r"(?i)satu")


@settings(max_examples=4, deadline=None)
@given(st.data())
@pytest.mark.parametrize("number", range(len(IN_USE)))
def test_whatever_matches_is_found(number: int, data: st.DataObject) -> None:
    pattern = IN_USE[number]
    text = data.draw(st.from_regex(re.compile(pattern.pattern)))
    found = pattern.search(text)
    assert found is not None
    assert found.span() == (re.search(pattern.pattern, text) or found).span()
