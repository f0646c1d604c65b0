"""The welcome and the suggestions by rule, for every code, both forms, every verdict."""

import re
from collections import Counter

import pytest

from app.career_profile.riasec.hexagon import TYPE_NAMES, Letter
from app.career_profile.riasec.instrument import FormName
from app.chat.advisor.intents import Intent, intent_of
from app.chat.assessment.about import read_about
from app.chat.assessment.suggestions import suggest
from app.chat.assessment.welcome import compose_welcome, suggestions_of, title_of
from app.chat.assessment.welcome_rules import find_welcome_defects
from tests.chat.assessment.results import (
    HOLE,
    assessment,
    catalogue,
    checked,
    context_of,
    every_result,
    recommended,
)


class TestEveryResult:
    def test_no_hole_anywhere(self) -> None:
        categories: Counter[str | None] = Counter()
        codes = set()
        texts = set()
        for code, found in every_result():
            about = read_about(context_of(found))
            for name in ("Sari", "Kamu"):
                text = compose_welcome(about, name)
                for part in (text, title_of(about), *suggestions_of(context_of(found))):
                    assert HOLE.search(part) is None, (code, part)
                assert find_welcome_defects(text, about, name) == [], (code, text)
            texts.add(compose_welcome(about, "Sari"))
            codes.add(code)
            categories[about.target.category if about.target else None] += 1
        assert len(codes) == 156
        assert set(categories) == {None, "HIGH", "MEDIUM", "LOW"}
        assert len(texts) > 1000

    def test_names_the_letters_and_what_was_found(self) -> None:
        for code, found in every_result():
            about = read_about(context_of(found))
            text = compose_welcome(about, "Sari")
            assert text.startswith("Hai, Sari! ")
            for letter in code[:2]:
                assert f"{TYPE_NAMES[Letter(letter)]} ({letter})" in text, (code, text)
            names = [about.target.name] if about.target else about.professions
            assert all(name in text for name in names), (code, text)
            _, insights, questions = text.split("\n\n")
            assert 2 <= len(insights.split("\n")) <= 3
            assert text.count("?") == len(questions.split("\n")[1:]) == 3

    def test_suggestions(self) -> None:
        for code, found in every_result():
            given = suggestions_of(context_of(found))
            suggested = suggest(read_about(context_of(found)))
            assert suggested is not None
            assert 6 <= len(given) <= 8, (code, given)
            assert len(set(given)) == len(given), given
            assert all(len(text) <= 120 and text.endswith("?") for text in given), given
            themes = (suggested.exploration, suggested.strengths, suggested.development)
            assert all(len(theme) >= 2 for theme in themes), given
            assert Intent.OTHER not in {intent_of(text) for text in given}


class TestTheTwoStrongestLetters:
    def test_a_single_letter_code_still_has_a_second(self) -> None:
        about = read_about(context_of(assessment("I", FormName.SHORT)))
        assert about.strongest == (Letter.I, Letter.R)  # R precedes the others in Holland order

    def test_equal_scores_in_holland_order(self) -> None:
        about = read_about({"riasec": {"R": 10, "I": 60, "A": 60, "S": 60, "E": 10, "C": 90}})
        assert about.letters == (Letter.C, Letter.I, Letter.A, Letter.S, Letter.R, Letter.E)


class TestFitCheck:
    @pytest.mark.parametrize(
        ("code", "label"),
        [("R", "Kecocokan Rendah"), ("S", "Kecocokan Tinggi"), ("A", "Kecocokan Sedang")],
    )
    def test_tells_the_verdict(self, code: str, label: str) -> None:
        target = next(entry for entry in catalogue() if entry.code == "S")
        about = read_about(context_of(checked(code, FormName.SHORT, target)))
        text = compose_welcome(about, "Budi")
        assert f"Hasil cek kecocokanmu dengan {target.name}: {label}." in text
        assert title_of(about) == f"Cek kecocokan: {target.name}"
        assert any(
            target.name in item
            for item in suggestions_of(context_of(checked(code, FormName.SHORT, target)))
        )


class TestLongNames:
    def test_what_would_be_too_long_is_not_suggested(self) -> None:
        names = ["Ahli " + "Sangat" * 12, "Penata " + "Panjang" * 10]
        given = suggestions_of(context_of(recommended("IRA", FormName.FULL, names)))
        assert 6 <= len(given) <= 8
        assert all(len(text) <= 120 for text in given)


class TestWithoutAResult:
    @pytest.mark.parametrize(
        "context",
        [None, {}, {"riasec": None}, {"riasec": {"R": "90"}}, {"riasec": {"R": 90}}, {"a": [1]}],
    )
    def test_no_suggestions(self, context: object) -> None:
        assert suggestions_of(context) == ()


def test_a_program_s_word_for_nothing_is_no_name() -> None:
    names = ["None", "  ", "null", "Data Analyst"]
    about = read_about(context_of(recommended("IRA", FormName.FULL, names)))
    assert about.professions == ("Data Analyst",)


def test_no_name_is_no_greeting_by_name() -> None:
    text = compose_welcome(read_about(context_of(assessment())), "Kamu")
    assert text.startswith("Hai! ")
    assert re.search(r"\bKamu!", text) is None
