"""The narratives composed by rule, over the whole catalogue and with any part of it missing."""

import itertools
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.career_profile.ikigai import phrases
from app.career_profile.ikigai.composer import compose_narratives
from app.career_profile.ikigai.content import find_narrative_defects
from app.career_profile.ikigai.dimensions import DIMENSIONS, Dimension
from app.professions.context import CareerStep, ContentContext, format_salary_range
from tests.support.catalogue import load_catalogue

CONTEXTS = [entry.content for entry in load_catalogue()]
MISSING: dict[str, Any] = {
    "about": None,
    "riasec_description": None,
    "activities": (),
    "hard_skills": (),
    "tools": (),
    "market_insights": (),
    "entry": None,
    "senior": None,
}
FORBIDDEN = (
    "None",
    "{",
    "}",
    "—",
    "  ",
    " .",
    " ,",
    "..",
    "bukan sekadar",
    "tidak hanya",
    "era digital",
)
BARE = ContentContext(
    profession_id=7,
    name="Penjahit Layar",
    code=None,
    code_title=None,
    about=None,
    riasec_description=None,
    strengths=(),
    work_environments=(),
    activities=(),
    hard_skills=(),
    soft_skills=(),
    tools=(),
    market_insights=(),
    entry=None,
    senior=None,
)


def without(context: ContentContext, names: tuple[str, ...]) -> ContentContext:
    return replace(context, **{name: MISSING[name] for name in names})


def check(context: ContentContext) -> dict[Dimension, str]:
    narratives = compose_narratives(context)
    assert find_narrative_defects(narratives, context.telling_names) == {}
    for text in narratives.values():
        assert not [part for part in FORBIDDEN if part in text], text
        assert "kamu" in text.lower()
        assert text[0].isupper()
    return narratives


class TestCatalogue:
    @pytest.mark.parametrize("context", CONTEXTS, ids=lambda context: context.name)
    def test_every_profession_complete(self, context: ContentContext) -> None:
        for text in check(context).values():
            assert 25 <= len(text.split()) <= 40

    @pytest.mark.parametrize("context", CONTEXTS, ids=lambda context: context.name)
    def test_every_profession_with_one_part_missing_or_only_one_known(
        self, context: ContentContext
    ) -> None:
        for name in MISSING:
            check(without(context, (name,)))
            check(without(context, tuple(other for other in MISSING if other != name)))

    @pytest.mark.parametrize("context", CONTEXTS[::23], ids=lambda context: context.name)
    def test_any_set_of_missing_parts(self, context: ContentContext) -> None:
        for size in range(len(MISSING) + 1):
            for names in itertools.combinations(MISSING, size):
                check(without(context, names))

    def test_neighbours_read_differently(self) -> None:
        for dimension in DIMENSIONS:
            openings = Counter(
                " ".join(compose_narratives(context)[dimension].split()[:3]) for context in CONTEXTS
            )
            assert len(openings) >= 8
            assert max(openings.values()) <= len(CONTEXTS) / 5

    def test_no_two_professions_share_a_text(self) -> None:
        texts = [text for context in CONTEXTS for text in compose_narratives(context).values()]
        assert len(set(texts)) == len(texts)


class TestFacts:
    def test_paid_for_tells_the_salary_when_known(self) -> None:
        for context in CONTEXTS:
            salary = format_salary_range(context.entry)
            assert salary is not None
            assert salary in compose_narratives(context)[Dimension.PAID_FOR]

    def test_an_unknown_salary_is_said_to_be_unknown(self) -> None:
        for context in CONTEXTS:
            text = compose_narratives(without(context, ("entry",)))[Dimension.PAID_FOR]
            assert "belum tersedia" in text
            assert "Rp" not in text

    def test_good_at_names_a_required_skill(self) -> None:
        for context in CONTEXTS:
            text = compose_narratives(context)[Dimension.GOOD_AT].lower()
            assert any(skill.lower() in text for skill in context.hard_skills)

    def test_growth_is_only_told_when_it_is_more(self) -> None:
        flat = CareerStep("Ketua", "5+ tahun", 4_000_000, 6_000_000)
        for context in CONTEXTS[:20]:
            paid = compose_narratives(replace(context, entry=flat, senior=flat))
            assert paid[Dimension.PAID_FOR].count("Rp") == 1

    def test_nothing_known(self) -> None:
        texts = check(BARE)
        assert all("belum tersedia" in text for text in texts.values())

    def test_same_input_same_text(self) -> None:
        assert compose_narratives(CONTEXTS[0]) == compose_narratives(CONTEXTS[0])


class TestUnusualData:
    def test_overlong_and_empty_parts_are_passed_over(self) -> None:
        endless = "Menulis " + "dan menulis lagi " * 30
        check(replace(BARE, activities=(endless, "", "  "), hard_skills=(endless, "")))

    def test_an_activity_that_names_the_profession_is_passed_over(self) -> None:
        activities = ("Menjadi penjahit layar di bengkel", "Menggunting kain layar perahu")
        texts = check(replace(BARE, activities=activities))
        assert "menggunting kain" in texts[Dimension.LOVE]

    def test_braces_in_the_data_are_no_slots(self) -> None:
        context = replace(BARE, activities=("Memeriksa kunci {skill} dan {x} di berkas",))
        assert "{x}" in compose_narratives(context)[Dimension.LOVE]

    @given(
        activities=st.lists(st.text(max_size=80), max_size=3),
        skills=st.lists(st.text(max_size=30), max_size=3),
        about=st.one_of(st.none(), st.text(max_size=120)),
        insights=st.lists(st.text(max_size=80), max_size=2),
    )
    @settings(max_examples=60, deadline=None)
    def test_any_data(
        self, activities: list[str], skills: list[str], about: str | None, insights: list[str]
    ) -> None:
        context = replace(
            BARE,
            activities=tuple(activities),
            hard_skills=tuple(skills),
            about=about,
            riasec_description=about,
            market_insights=tuple(insights),
        )
        narratives = compose_narratives(context)
        assert find_narrative_defects(narratives, context.telling_names) == {}


class TestPhrases:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("Membongkar laptop mati", "membongkar laptop mati"),
            ("Berlatih wawancara.", "berlatih wawancara"),
            ("Analisis data", "mengerjakan analisis data"),
            ("QA aplikasi", "mengerjakan QA aplikasi"),
        ],
    )
    def test_activity(self, text: str, expected: str) -> None:
        assert phrases.as_activity(text) == expected

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("Routing dan switching", "routing dan switching"),
            ("SQL", "SQL"),
            ("JavaScript", "JavaScript"),
            ("Excel tingkat lanjut", "Excel tingkat lanjut"),
            ("Menulis takarir", "kemampuan menulis takarir"),
            ("Metode penelitian", "metode penelitian"),
            ("C++", "C++"),
        ],
    )
    def test_skill(self, text: str, expected: str) -> None:
        assert phrases.as_skill(text, frozenset({"excel"})) == expected

    def test_whom_it_suits_is_addressed(self) -> None:
        assert (
            phrases.addressed("Orang yang betah membongkar mesin akan senang.")
            == "Kalau kamu betah membongkar mesin, kamu akan senang."
        )

    def test_only_whole_sentences_that_stand_alone(self) -> None:
        text = "Ia merawat kabel. Internet sampai ke gang sempit. Saat kabel putus, satu kam"
        assert phrases.self_contained(phrases.whole_sentences(text)) == [
            "Internet sampai ke gang sempit."
        ]

    @pytest.mark.parametrize(
        ("given_", "expected"),
        [("5+ tahun", "lebih dari 5 tahun"), ("3-6 tahun", "3-6 tahun"), (" ", None), (None, None)],
    )
    def test_years(self, given_: str | None, expected: str | None) -> None:
        assert phrases.as_years(given_) == expected
