"""The reasons of a recommendation composed by rule, whatever the user wrote."""

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.career_profile.ikigai.content import count_sentences
from app.career_profile.ikigai.dimensions import DIMENSIONS, Dimension
from app.career_profile.results.composer import compose_narrative
from app.career_profile.results.narrative import (
    NarrativeFacts,
    RecommendationNarrative,
    find_narrative_defects,
)
from app.career_profile.results.quotes import MAX_QUOTE_CHARS, find_quotes
from app.professions.context import RecommendationContext
from tests.support.catalogue import load_catalogue

CATALOGUE = load_catalogue()
NAMES = tuple(entry.scoring.name for entry in CATALOGUE)
TEXTS = tomllib.loads(
    (Path(__file__).parents[1] / "ikigai" / "student_texts.toml").read_text("utf-8")
)["texts"]
BARE = RecommendationContext(
    profession_id=900,
    name="Penjahit Layar",
    code=None,
    code_title=None,
    about=None,
    riasec_description=None,
    strengths=(),
    work_environments=(),
    activities=(),
    hard_skills=(),
    entry=None,
    senior=None,
)


def facts(
    answers: Mapping[Dimension, str],
    professions: tuple[RecommendationContext, ...] = (
        CATALOGUE[0].recommendation,
        CATALOGUE[21].recommendation,
    ),
    *,
    two_directions: bool = False,
) -> NarrativeFacts:
    return NarrativeFacts(
        user_code="RIA",
        code_title="Realistic–Investigative–Artistic",
        strengths=CATALOGUE[0].recommendation.strengths,
        answers=answers,
        professions=professions,
        telling_names=NAMES,
        two_directions=two_directions,
    )


def composed(given_: NarrativeFacts) -> RecommendationNarrative:
    narrative = compose_narrative(given_)
    assert find_narrative_defects(narrative, given_) == []
    for text in (*narrative.summaries.values(), *narrative.reasons.values()):
        assert "None" not in text
        assert "\n" not in text
        assert "—" not in text
    return narrative


def same_everywhere(text: str) -> dict[Dimension, str]:
    return dict.fromkeys(DIMENSIONS, text)


class TestSummaries:
    def test_quote_the_users_own_words(self) -> None:
        text = "Aku bongkar laptop rusak milik tetangga sampai menyala lagi."
        summary = composed(facts({Dimension.LOVE: text})).summaries[Dimension.LOVE]
        assert summary.startswith("Kamu")
        assert "“aku bongkar laptop rusak milik tetangga sampai menyala lagi”" in summary

    def test_a_withheld_answer_gets_a_general_text_without_quote(self) -> None:
        summaries = composed(facts({})).summaries
        assert set(summaries) == set(DIMENSIONS)
        assert not [text for text in summaries.values() if "“" in text]

    def test_dislike_is_not_told_as_liking(self) -> None:
        text = "Aku tidak suka duduk lama di depan layar komputer."
        summary = composed(facts({Dimension.LOVE: text})).summaries[Dimension.LOVE]
        assert "kurang cocok untukmu" in summary

    def test_a_sentence_that_names_a_candidate_is_not_quoted(self) -> None:
        text = "Aku ingin sekali jadi Teknisi Komputer di kotaku."
        assert "“" not in composed(facts({Dimension.LOVE: text})).summaries[Dimension.LOVE]

    @pytest.mark.parametrize("row", TEXTS, ids=lambda row: row["profession"])
    def test_every_student_text(self, row: Mapping[str, str]) -> None:
        given_ = facts(same_everywhere(row["text"]))
        assert "“" in composed(given_).summaries[Dimension.GOOD_AT]


class TestReasons:
    def test_name_the_profession_and_link_words_code_and_activities(self) -> None:
        text = "Aku sering membongkar laptop mati dan mengganti baterai yang rusak."
        reason = composed(facts({Dimension.GOOD_AT: text})).reasons[1]
        assert reason.startswith("Teknisi Komputer")
        assert "RIA" in reason
        assert "“aku sering membongkar laptop mati dan mengganti baterai yang rusak”" in reason

    def test_words_against_the_work_are_no_reason_for_it(self) -> None:
        text = "Aku tidak suka membongkar laptop mati dan mengganti baterai yang rusak."
        assert "“" not in composed(facts({Dimension.GOOD_AT: text})).reasons[1]

    def test_without_a_related_text_a_strength_is_told(self) -> None:
        assert "kekuatanmu" in composed(facts({})).reasons[1]

    def test_two_directions_are_mentioned(self) -> None:
        first, second = composed(facts({}, two_directions=True)).reasons.values()
        assert "dua arah" in first
        assert "Arah minatmu yang lain" in second

    def test_nothing_known_of_the_profession_or_the_code(self) -> None:
        bare = replace(facts({}, (BARE,)), user_code="", code_title="", strengths=())
        assert composed(bare).reasons[900].startswith("Penjahit Layar")

    def test_only_skills_known(self) -> None:
        skilled = replace(BARE, hard_skills=("Menjahit kanvas",))
        assert "kemampuan menjahit kanvas" in composed(facts({}, (skilled,))).reasons[900]

    def test_data_that_end_sentences_stay_within_one(self) -> None:
        odd = replace(BARE, name="Ahli A.I. Dr. Kapal!", activities=("Menguji v2. Lalu lapor!", ""))
        composed(facts({}, (odd,)))

    def test_every_profession(self) -> None:
        for entry in CATALOGUE[::4]:
            composed(facts(same_everywhere(TEXTS[0]["text"]), (entry.recommendation,)))


class TestQuotes:
    @pytest.mark.parametrize(
        "text",
        [
            "",
            "   \n\t ",
            "asdf qwer zxcv hjkl poiu",
            "suka suka suka suka suka",
            "!!! ??? ... !!!",
            "hubungi aku di budi.santoso@mail.com ya kak",
            "cek karyaku di https://contoh.id/karya ya teman",
            "nomorku 0812 3456 7890 tolong telepon aku",
            "ikuti akunku @budi.keren untuk lihat karyaku",
            "я люблю рисовать каждый день дома",
            "😀 😀 😀 😀 😀 😀",
        ],
    )
    def test_no_usable_part(self, text: str) -> None:
        assert find_quotes(text, ()) == []

    def test_the_other_sentences_of_a_text_with_an_address_stay(self) -> None:
        text = "Suratku budi@mail.com. Aku senang merakit robot bersama teman."
        assert find_quotes(text, ()) == ["Aku senang merakit robot bersama teman"]

    def test_long_sentences_are_cut_after_a_whole_word(self) -> None:
        text = "aku suka menggambar tokoh " + "dan mewarnai gambar itu setiap malam " * 8
        (quote,) = find_quotes(text, ())
        assert len(quote) <= MAX_QUOTE_CHARS
        assert text.startswith(quote + " ")

    def test_shouting_is_lowered_and_marks_are_taken_out(self) -> None:
        assert find_quotes('AKU "SUKA" MEMBACA\u200b BUKU (LAMA)!!!', ()) == [
            "aku suka membaca buku lama"
        ]

    def test_a_number_with_a_point_stays_whole(self) -> None:
        (quote,) = find_quotes("Followers naik dari 600 ke 2.000 karena aku rajin", ())
        assert "2.000" in quote


WORDS = st.sampled_from(
    ["aku", "suka", "menggambar", "laptop", "rusak.", "“kutip”", "A.I.", "v2.0", "Wah!", "kenapa?",
     "...", "\n", "http://x.id", "a@b.co", "08123456789", "TIDAK", "😀", "teknisi", "komputer", "…",
     "﹒", "．", "！", "\u202e", "'", '"', ". ", "{x}"]
)  # fmt: skip


class TestAnyText:
    @given(
        text=st.one_of(st.text(max_size=300), st.lists(WORDS, max_size=40).map(" ".join)),
        two_directions=st.booleans(),
    )
    @settings(max_examples=60, deadline=None)
    def test_passes_the_rules(self, text: str, two_directions: bool) -> None:
        composed_ = compose_narrative(
            given_ := facts(same_everywhere(text), two_directions=two_directions)
        )
        assert find_narrative_defects(composed_, given_) == []
        for summary in composed_.summaries.values():
            assert count_sentences(summary) == 2
            assert "@" not in summary
            assert "\n" not in summary

    @given(name=st.text(max_size=60), part=st.text(max_size=60))
    @settings(max_examples=40, deadline=None)
    def test_any_profession_data(self, name: str, part: str) -> None:
        odd = replace(BARE, name=name, activities=(part, name), hard_skills=(part,))
        given_ = replace(facts({}, (odd,)), strengths=(part,), code_title=name)
        assert find_narrative_defects(compose_narrative(given_), given_) == []
