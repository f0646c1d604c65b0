"""The 156 code texts: complete, and no sentence worn out."""

import re
from collections import defaultdict

from app.career_profile.riasec.hexagon import TYPE_NAMES, all_codes
from app.reference.code_texts import LISTS, CodeText, compose_code_texts
from app.reference.loader import code_sources

MAX_CODES_PER_SENTENCE = 6
TEXTS = {text.code: text for text in compose_code_texts(code_sources())}


def blanked(sentence: str) -> str:
    """Without codes, letters and type names."""
    names = "|".join(TYPE_NAMES.values())
    return re.sub(rf"\b(?:{names}|[RIASEC]{{1,3}})\b", "_", sentence)


def sentences_of(text: CodeText) -> list[str]:
    description = re.split(r"(?<=[.!?])\s+", text.description)
    return [*description, *(line for name in LISTS for line in text.lists[name])]


def test_all_156_in_holland_order() -> None:
    assert list(TEXTS) == all_codes()


def test_title_spells_the_types_in_order() -> None:
    assert TEXTS["RIA"].title == "Realistic–Investigative–Artistic"
    assert TEXTS["S"].title == "Social"


def test_five_lists_of_three_or_four_sentences() -> None:
    for text in TEXTS.values():
        for name in LISTS:
            assert 3 <= len(text.lists[name]) <= 4, (text.code, name)
            assert len(set(text.lists[name])) == len(text.lists[name]), (text.code, name)
            assert all(line.endswith(".") and line.strip() == line for line in text.lists[name])


def test_description_is_a_short_paragraph() -> None:
    for text in TEXTS.values():
        assert 3 <= len(re.findall(r"[.!?](?=\s|$)", text.description)) <= 5, text.code
        assert re.search(r"\bkamu\b|mu\b", text.description.lower()), text.code


def test_no_sentence_stands_in_more_than_six_codes() -> None:
    codes = defaultdict(set)
    for text in TEXTS.values():
        for sentence in sentences_of(text):
            codes[blanked(sentence)].add(text.code)
    worn = {
        sentence: found for sentence, found in codes.items() if len(found) > MAX_CODES_PER_SENTENCE
    }
    assert worn == {}


def test_every_code_reads_differently() -> None:
    assert len({text.description for text in TEXTS.values()}) == len(TEXTS)
