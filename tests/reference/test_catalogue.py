"""The authored data: the question bank and the demo catalogue, and what expansion finds there."""

import re
from collections import Counter
from dataclasses import replace
from itertools import chain

import pytest

from app.career_profile.riasec.expansion import CodedProfession, Expansion, expand
from app.career_profile.riasec.hexagon import Letter, all_codes
from app.career_profile.riasec.scoring import Classification, CodeType
from app.reference.loader import CatalogueEntry, demo_catalogue, demo_slugs, question_bank

CONTINUE_BELOW = 15
BY_MINIMUM_RULE = "0.50"
ALL_CODES = all_codes()
OPPOSITE = ("RS", "SR", "IE", "EI", "AC", "CA")
INCONSISTENT = [code for code in ALL_CODES if code[:2] in OPPOSITE]
TYPE_OF_LENGTH = {1: CodeType.SINGLE, 2: CodeType.DUAL, 3: CodeType.TRIPLE}

CATALOGUE = demo_catalogue()
ITEMS = question_bank().items
EACH_PROFESSION = pytest.mark.parametrize("entry", CATALOGUE, ids=[p.slug for p in CATALOGUE])
EACH_ITEM = pytest.mark.parametrize("text", [i.text for i in ITEMS], ids=map(str, range(1, 73)))

NEGATIONS = re.compile(
    r"\b(tidak|tak|bukan|bukanlah|jangan|tanpa|belum|kurang|enggak|nggak|gak|ogah|anti|non)\b"
    r"|\b(membenci|benci|malas|enggan|menolak|menghindari|jarang|takut|bosan)\b",
    re.IGNORECASE,
)
SECOND_BARREL = re.compile(
    r"\b(dan|atau|serta|maupun|sambil|sekaligus|juga|lalu|kemudian|tetapi|tapi|dan/atau)\b|[;/&+]",
    re.IGNORECASE,
)


def expansion_of(code: str) -> Expansion:
    profile = Classification(code, TYPE_OF_LENGTH[len(code)], code in INCONSISTENT)
    professions = [
        CodedProfession(number, ALL_CODES.index(entry.code) + 1, entry.code)
        for number, entry in enumerate(CATALOGUE, start=1)
    ]
    return expand(profile, professions, CONTINUE_BELOW)


def uses_minimum_rule(found: Expansion) -> bool:
    return any(str(item.congruence_score) == BY_MINIMUM_RULE for item in found.candidates)


def blanked_sentences(entry: CatalogueEntry) -> list[str]:
    """Every sentence of a profession, its names blanked, without case and punctuation."""
    texts = (
        entry.about,
        entry.riasec_description,
        *entry.activities,
        *entry.market_insights,
    )
    sentences = chain.from_iterable(re.split(r"(?<=[.!?])\s+", text) for text in texts)
    names = sorted((entry.name, *entry.aliases), key=len, reverse=True)
    name = re.compile("|".join(rf"\b{re.escape(one)}\b" for one in names), re.IGNORECASE)
    return [" ".join(re.findall(r"\w+", name.sub("NAMA", text).casefold())) for text in sentences]


def test_slugs_are_read_without_the_texts() -> None:
    assert demo_slugs() == {entry.slug for entry in CATALOGUE}


class TestQuestionBank:
    def test_seventytwo_items_twelve_per_letter_in_id_order(self) -> None:
        assert [item.question_id for item in ITEMS] == list(range(1, 73))
        assert "".join(item.letter for item in ITEMS) == "".join(x * 12 for x in "RIASEC")
        assert all(isinstance(item.letter, Letter) for item in ITEMS)

    def test_no_item_stands_twice(self) -> None:
        assert len({item.text.casefold() for item in ITEMS}) == 72

    @EACH_ITEM
    def test_no_item_is_negated(self, text: str) -> None:
        assert not NEGATIONS.search(text)

    @EACH_ITEM
    def test_no_item_asks_for_two_things(self, text: str) -> None:
        assert not SECOND_BARREL.search(text)

    @EACH_ITEM
    def test_an_item_is_one_statement(self, text: str) -> None:
        assert text == " ".join(text.split())
        assert text[0].isupper()
        assert not re.search(r"[.?!:]", text)
        assert 4 <= len(text.split()) <= 16

    @pytest.mark.parametrize(
        "text", ["Saya tidak suka rapat", "Bukan saya yang memimpin", "Saya bekerja tanpa panduan"]
    )
    def test_a_negation_would_be_seen(self, text: str) -> None:
        assert NEGATIONS.search(text)

    @pytest.mark.parametrize(
        "text", ["Saya suka menulis dan menggambar", "Merakit atau menyolder", "Foto/video"]
    )
    def test_a_second_barrel_would_be_seen(self, text: str) -> None:
        assert SECOND_BARREL.search(text)


class TestProfessions:
    def test_at_least_120(self) -> None:
        assert len(CATALOGUE) >= 120

    def test_slugs_and_names_are_unique(self) -> None:
        assert len({entry.slug for entry in CATALOGUE}) == len(CATALOGUE)
        assert len({entry.name.casefold() for entry in CATALOGUE}) == len(CATALOGUE)

    @EACH_PROFESSION
    def test_slug_and_code_are_well_formed(self, entry: CatalogueEntry) -> None:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", entry.slug)
        assert entry.code in ALL_CODES

    @EACH_PROFESSION
    def test_everything_that_the_specification_asks_for(self, entry: CatalogueEntry) -> None:
        assert all((entry.name, entry.about, entry.riasec_description, entry.category))
        assert len(set(entry.activities)) == len(entry.activities) >= 5
        assert len(set(entry.market_insights)) == len(entry.market_insights) == 3
        assert set(entry.hard_skills) == set(entry.soft_skills) == {"wajib", "dianjurkan"}
        assert set(entry.tools) == {"wajib", "umum"}
        assert all((entry.hard_skills["wajib"], entry.soft_skills["wajib"], entry.tools["wajib"]))

    @EACH_PROFESSION
    def test_three_career_steps_with_round_salaries(self, entry: CatalogueEntry) -> None:
        steps = entry.career_path
        assert len({step.title for step in steps}) == len(steps) == 3
        for step in steps:
            assert step.experience_range
            assert 0 < step.salary_min < step.salary_max
            assert step.salary_min % 100_000 == step.salary_max % 100_000 == 0
        assert [s.salary_min for s in steps] == sorted(s.salary_min for s in steps)

    def test_no_sentence_stands_in_two_professions(self) -> None:
        # Counted per profession, and once more where one profession repeats itself.
        counted = Counter(chain.from_iterable(map(blanked_sentences, CATALOGUE)))
        assert [sentence for sentence, times in counted.items() if times > 1] == []

    def test_a_sentence_that_differs_only_by_the_name_would_be_seen(self) -> None:
        greeting = "Sehari-hari {} menyapa pelanggan."
        for entry in CATALOGUE[:2]:
            greeted = replace(entry, about=greeting.format(entry.name))
            assert blanked_sentences(greeted)[0] == "sehari hari nama menyapa pelanggan"


class TestExpansionOverTheCatalogue:
    @pytest.mark.parametrize("code", ALL_CODES)
    def test_every_code_finds_at_least_five_candidates(self, code: str) -> None:
        assert 5 <= len(expansion_of(code).candidates) <= 30

    def test_at_least_140_codes_do_so_without_the_minimum_rule(self) -> None:
        without = [code for code in ALL_CODES if not uses_minimum_rule(expansion_of(code))]
        assert len(without) >= 140

    def test_there_are_thirty_inconsistent_codes(self) -> None:
        # Three opposite pairs in both directions, alone and with four third letters: 6 · 5.
        assert len(INCONSISTENT) == 30

    @pytest.mark.parametrize("code", INCONSISTENT)
    def test_an_inconsistent_code_shows_both_directions(self, code: str) -> None:
        shown = expansion_of(code).candidates[:5]
        assert {item.path for item in shown} == {"A", "B"}
        assert {item.code[0] for item in shown} == set(code[:2])
