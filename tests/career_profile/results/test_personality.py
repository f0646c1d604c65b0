"""The text about a code: rules, and the composition when no model writes it."""

from dataclasses import replace

import pytest

from app.career_profile.ikigai.content import count_sentences
from app.career_profile.results.personality import (
    LAST_RESORT,
    PersonalityFacts,
    compose_about,
    find_about_defects,
)
from app.career_profile.results.personality_writer import (
    PersonalityWriter,
    about_reader,
    answer_offline,
)
from app.llm.budget import Budget
from app.llm.port import ModelError
from app.reference.code_texts import CodeText, compose_code_texts
from app.reference.loader import code_sources
from tests.support.catalogue import load_catalogue
from tests.support.golden import assert_golden
from tests.support.model_answers import ABOUT
from tests.support.model_clients import Recorder

NAMES = tuple(entry.content.name for entry in load_catalogue())
LISTS = ("strengths", "challenges", "strategies", "work_environments", "interaction_styles")


def facts_of(text: CodeText) -> PersonalityFacts:
    return PersonalityFacts(
        code=text.code,
        title=text.title,
        description=text.description,
        profession_names=NAMES,
        **{name: tuple(text.lists[name]) for name in LISTS},
    )


EVERY_CODE = [facts_of(text) for text in compose_code_texts(code_sources())]
RIA = next(facts for facts in EVERY_CODE if facts.code == "RIA")
PROMPTED = PersonalityFacts(
    code="RI",
    title="Realistic–Investigative",
    description="Tidak ikut dikirim.",
    strengths=("Kamu sabar membongkar ${alat}.",),
    challenges=("Kamu mudah lupa waktu.", "Rapat panjang membuatmu gelisah."),
    strategies=(),
    work_environments=("Bengkel yang tenang.",),
    interaction_styles=("Kamu bicara seperlunya.",),
    profession_names=("Perakit",),
)
EMPTY = {"title": "", "description": "", **dict.fromkeys(LISTS, ())}


class TestComposition:
    def test_keeps_the_rules_for_every_code(self) -> None:
        assert len(EVERY_CODE) == 156
        for facts in EVERY_CODE:
            assert find_about_defects(compose_about(facts), facts) == [], facts.code

    def test_every_code_reads_differently_and_is_no_last_resort(self) -> None:
        texts = {compose_about(facts) for facts in EVERY_CODE}
        assert len(texts) == 156
        assert LAST_RESORT not in texts

    def test_names_code_and_title_and_uses_the_description(self) -> None:
        text = compose_about(RIA)
        assert text.startswith("Kodemu RIA: Realistic–Investigative–Artistic.")
        assert RIA.description.split(". ")[0] in text

    @pytest.mark.parametrize("missing", ["title", "description", *LISTS])
    def test_with_a_part_missing(self, missing: str) -> None:
        facts = replace(RIA, **{missing: EMPTY[missing]})  # type: ignore[arg-type]
        assert find_about_defects(compose_about(facts), facts) == []

    def test_without_a_description_the_lists_speak(self) -> None:
        text = compose_about(replace(RIA, description=""))
        assert RIA.strengths[0] in text

    def test_with_nothing_at_all(self) -> None:
        facts = replace(RIA, **EMPTY)  # type: ignore[arg-type]
        assert find_about_defects(compose_about(facts), facts) == []

    @pytest.mark.parametrize(
        "description",
        ["tanpa titik", "Satu. Dua! Tiga? " * 40, "x" * 5000 + ".", "…", "Dr. A. B. C.", "\n\t "],
    )
    def test_whatever_an_admin_writes(self, description: str) -> None:
        facts = replace(RIA, description=description)
        assert find_about_defects(compose_about(facts), facts) == []

    def test_a_sentence_that_names_a_profession_is_left_out(self) -> None:
        spoiled = f"Kamu cocok menjadi {NAMES[0]}. Kamu senang mencoba. Kamu juga sabar."
        text = compose_about(replace(RIA, description=spoiled))
        assert NAMES[0] not in text
        assert "Kamu senang mencoba." in text


class TestDefects:
    def test_a_good_text(self) -> None:
        assert 4 <= count_sentences(ABOUT) <= 6
        assert find_about_defects(ABOUT, RIA) == []

    @pytest.mark.parametrize(
        ("text", "defect"),
        [
            ("Kamu baik. Kamu sabar. Kamu teliti.", "sentences"),
            ("Kamu baik. " * 7, "sentences"),
            (ABOUT + " Kamu", "sentences"),
            ("Dia baik. Dia sabar. Dia teliti. Dia tenang.", "kamu"),
            (ABOUT.replace("sabar", f"calon {NAMES[5].lower()}"), "profession"),
            (ABOUT.replace("sabar", "sabar " * 250), "longer"),
            ("", "sentences"),
        ],
    )
    def test_each(self, text: str, defect: str) -> None:
        assert any(defect in found for found in find_about_defects(text, RIA))


class TestRequest:
    async def test_golden(self) -> None:
        model = Recorder()
        with pytest.raises(ModelError):
            await PersonalityWriter(model, Budget(30, 13)).write(PROMPTED)
        (request,) = model.requests
        assert_golden("riasec_personality_v1", request.messages)
        assert (request.max_attempts, request.attempt_timeout_s, request.user) == (2, 13, None)
        assert 29 < request.deadline.remaining() <= 30


class TestReader:
    def test_reads_the_text_on_one_clean_line(self) -> None:
        assert about_reader(RIA)({"about": ABOUT.replace(" ", "\n", 1) + "\u0000"}) == ABOUT

    def test_reads_the_offline_answer(self) -> None:
        assert about_reader(RIA)(answer_offline(RIA)) == compose_about(RIA)

    @pytest.mark.parametrize("answer", [None, [], "teks", {}, {"about": 1}, {"about": "Kamu."}])
    def test_anything_else_is_bad_output(self, answer: object) -> None:
        with pytest.raises(ValueError, match="rules"):
            about_reader(RIA)(answer)
