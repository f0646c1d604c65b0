"""The advisor by rule: what is asked, answered from what is known, never with a hole."""

from typing import Any

import pytest

from app.career_profile.riasec.hexagon import TYPE_NAMES, Letter
from app.career_profile.riasec.instrument import FormName
from app.chat.advisor.composer import answer_offline
from app.chat.advisor.intents import Intent, intent_of
from app.chat.assessment.about import read_about
from app.chat.assessment.welcome import compose_welcome
from tests.chat.assessment.results import (
    HOLE,
    catalogue,
    checked,
    context_of,
    every_result,
    recommended,
)

QUESTIONS = {
    Intent.STRENGTHS: "Apa saja kekuatanku menurut hasil tes?",
    Intent.CHALLENGES: "Apa kekuranganku?",
    Intent.PAY: "Gajinya berapa, ya?",
    Intent.THANKS: "Terima kasih banyak, ya",
    Intent.EXPLORATION: "Profesi apa yang cocok untukku?",
    Intent.COMPARISON: "Bandingkan kedua profesi itu, mana yang lebih cocok?",
    Intent.NEXT_STEPS: "Langkah pertama apa yang bisa kuambil minggu ini?",
    Intent.STUDY: "Jurusan kuliah apa yang sebaiknya kuambil?",
    Intent.DOUBT: "Orang tuaku tidak setuju dan aku jadi ragu.",
    Intent.GREETING: "Halo kak",
    Intent.OTHER: "Berapa jarak bumi ke bulan?",
}


def answered(question: str, about: Any, first_name: str = "Sari") -> str:
    return answer_offline({"question": question, "about": about, "first_name": first_name})


def talked_about(about: Any) -> list[str]:
    """The answers of a talk that begins with the welcome and asks everything."""
    welcome = compose_welcome(read_about(about), "Sari")
    answers: list[str] = []
    for question in QUESTIONS.values():
        facts = {"question": question, "about": about, "first_name": "Sari"}
        answers.append(answer_offline({**facts, "told": "\n".join([welcome, *answers])}))
    return answers


def words(text: str) -> int:
    return len(text.split())


class TestIntents:
    @pytest.mark.parametrize(("intent", "question"), QUESTIONS.items(), ids=str)
    def test_found_by_its_words(self, intent: Intent, question: str) -> None:
        assert intent_of(question) is intent

    @pytest.mark.parametrize(
        ("question", "intent"),
        [
            ("", Intent.OTHER),
            ("hai, profesi apa yang cocok buat aku?", Intent.EXPLORATION),
            ("IBUKU MAU AKU JADI DOKTER", Intent.DOUBT),
            ("Seperti apa keseharian seorang Data Analyst?", Intent.EXPLORATION),
            ("makasih, tapi profesi apa yang cocok?", Intent.EXPLORATION),
            ("gimana cara mulai portofolio?", Intent.NEXT_STEPS),
        ],
    )
    def test_among_others(self, question: str, intent: Intent) -> None:
        assert intent_of(question) is intent


class TestAnswers:
    @pytest.mark.parametrize("question", QUESTIONS.values(), ids=list(QUESTIONS))
    def test_every_result_in_bounds_and_without_a_hole(self, question: str) -> None:
        for code, found in every_result():
            text = answered(question, context_of(found))
            assert 60 <= words(text) <= 150, (code, words(text), text)
            assert HOLE.search(text) is None, (code, text)
            named = {x for x in Letter if f"{TYPE_NAMES[x]} ({x.value})" in text}
            assert len(named) == 2, (code, text)
            assert named >= {*map(Letter, code[:2])}, (code, text)

    @pytest.mark.parametrize("question", QUESTIONS.values(), ids=list(QUESTIONS))
    @pytest.mark.parametrize("about", [None, {}, {"riasec": "IRA"}, {"note": "x"}], ids=str)
    def test_nothing_known(self, question: str, about: Any) -> None:
        text = answered(question, about)
        assert 60 <= words(text) <= 150
        assert HOLE.search(text) is None
        assert not any(name in text for name in TYPE_NAMES.values())

    def test_answers_differ_by_what_is_asked(self) -> None:
        about = context_of(recommended("IRA", FormName.FULL, ["Data Analyst", "Arsiparis"]))
        assert len({answered(question, about) for question in QUESTIONS.values()}) == len(QUESTIONS)

    def test_who_the_person_is_is_said_once_in_a_talk(self) -> None:
        target = next(entry for entry in catalogue() if entry.code == "S")
        for found in (
            recommended("IRA", FormName.FULL, ["Data Analyst", "Arsiparis"]),
            checked("R", FormName.SHORT, target),
        ):
            answers = talked_about(context_of(found))
            assert not any("Minat terkuatmu" in text for text in answers)
            verdicts = [text for text in answers if text.count("Hasil cek kecocokanmu")]
            assert len(verdicts) <= 1
            assert all(60 <= words(text) <= 150 for text in answers), answers
            assert all(HOLE.search(text) is None for text in answers), answers

    def test_weaknesses_are_those_of_the_result(self) -> None:
        about = context_of(recommended("IRA", FormName.FULL, ["Data Analyst", "Arsiparis"]))
        told = read_about(about).challenges
        assert told
        assert told[0] in answered(QUESTIONS[Intent.CHALLENGES], about)

    def test_no_salary_is_made_up(self) -> None:
        about = context_of(recommended("IRA", FormName.FULL, ["Data Analyst", "Arsiparis"]))
        text = answered(QUESTIONS[Intent.PAY], about)
        assert "lowongan Data Analyst" in text
        assert not any(char.isdigit() for char in text)

    def test_compares_the_two_professions(self) -> None:
        about = context_of(recommended("IRA", FormName.FULL, ["Data Analyst", "Arsiparis"]))
        text = answered(QUESTIONS[Intent.COMPARISON], about)
        assert text.startswith("Data Analyst dan Arsiparis sama-sama")

    def test_greets_by_name_only_who_has_one(self) -> None:
        assert answered("halo", None).startswith("Hai, Sari! ")
        assert answered("halo", None, "Kamu").startswith("Hai! ")

    def test_a_context_of_the_app_s_own_making(self) -> None:
        about = {"riasec": {"R": 1, "I": True, "A": None}, "ikigai": {"top_professions": "x"}}
        assert 60 <= words(answered("kekuatanku?", about)) <= 150
