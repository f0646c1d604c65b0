"""Why a profession is recommended: letters, the deciding step, the user's own words."""

import tomllib
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.career_profile.ikigai.ranking import RankedProfession
from app.career_profile.results.explanation import (
    choose_phrases,
    deciding_step,
    shared_letters,
    supporting_phrases,
    usable_phrases,
)
from tests.support.catalogue import load_catalogue

CATALOGUE = {entry.scoring.name: entry.scoring for entry in load_catalogue()}
NAMES = tuple(CATALOGUE)
TEXTS = tomllib.loads(
    (Path(__file__).parents[1] / "ikigai" / "student_texts.toml").read_text("utf-8")
)["texts"]
STORIES = [row["text"] for row in TEXTS]
ANALYST = CATALOGUE["Data Analyst"]
EXCEL = "Aku membuat grafik penjualan warung di Excel setiap bulan"


def place(pid: int, *numbers: str) -> RankedProfession:
    """With total, intrinsic, congruence and average."""
    total, intrinsic, congruence, average = map(Decimal, numbers)
    return RankedProfession(0, pid, total, intrinsic, Decimal(0), congruence, average, {})


class TestLetters:
    @pytest.mark.parametrize(
        ("user", "profession", "expected"),
        [
            ("IAS", "SIE", "IS"),  # in the order of the user's code
            ("RIA", "RIA", "RIA"),
            ("R", "IRC", "R"),
            ("RI", "ESC", ""),
            ("RIA", "-", ""),  # the profession lost its code
        ],
    )
    def test_shared(self, user: str, profession: str, expected: str) -> None:
        assert shared_letters(user, profession) == list(expected)


FIRST = place(1, "50", "30", "0.9", "0.5")


class TestDecidingStep:
    @pytest.mark.parametrize(
        ("second", "step"),
        [
            (place(2, "49", "30", "0.9", "0.5"), None),
            (place(2, "50", "29", "1.0", "0.9"), "intrinsic_score"),
            (place(2, "50", "30", "0.8", "0.9"), "congruence_score"),
            (place(2, "50", "30", "0.9", "0.4"), "avg_r_normalized"),
            (place(2, "50", "30", "0.9", "0.5"), "profession_id"),
        ],
    )
    def test_between_two(self, second: RankedProfession, step: str | None) -> None:
        assert deciding_step([FIRST, second], 1) == step
        assert deciding_step([FIRST, second], 2) == step

    def test_the_one_below_comes_before_the_one_above(self) -> None:
        second = place(2, "50", "29", "0.9", "0.5")
        third = place(3, "50", "29", "0.7", "0.5")
        assert deciding_step([FIRST, second, third], 2) == "congruence_score"

    def test_where_the_total_decided_below_the_one_above_counts(self) -> None:
        second = place(2, "50", "29", "0.9", "0.5")
        assert deciding_step([FIRST, second, place(3, "40", "0", "0", "0")], 2) == (
            "intrinsic_score"
        )

    def test_alone(self) -> None:
        assert deciding_step([FIRST], 1) is None


class TestUsablePhrases:
    def test_stand_in_the_text_as_they_were_written(self) -> None:
        text = f"{EXCEL}. Aku juga suka “menggambar peta” kampung bersama teman sekelasku!"
        assert usable_phrases([text], NAMES) == [EXCEL, "kampung bersama teman sekelasku"]

    @pytest.mark.parametrize(
        "odd",
        [
            "AKU MEMBUAT GRAFIK PENJUALAN WARUNG SETIAP BULAN",  # would be quoted in lower case
            "Aku membuat  grafik penjualan  warung setiap bulan",
            "Aku membuat gra\u200bfik penjualan warung setiap bulan",
            "Aku membuat ｇｒａｆｉｋ penjualan warung setiap bulan",
        ],
    )
    def test_not_what_would_have_to_be_changed(self, odd: str) -> None:
        assert usable_phrases([f"{odd}. {EXCEL}"], NAMES) == [EXCEL]

    @pytest.mark.parametrize(
        "telling",
        [
            "Kirim hasil olahan datanya ke rani.puspita@contoh.id ya kak",
            "Telepon saja aku di nomor 0812-3456-7890 tentang data penjualan",
            "Nomor pegawai ayahku untuk data gaji adalah 19870412",
            "Namaku Rani Puspita dan aku mengolah data penjualan warung",
            "Panggil aku Rani kalau butuh bantuan mengolah data penjualan",
            "Alamatku dekat pasar tempat aku mengolah data penjualan",
            "Aku mengolah data penjualan di Jl. Melati dekat pasar",
            "Rumahku di Jalan Melati Raya tempat aku mengolah data penjualan",
            "Kirim data penjualan ke Jl. Kenanga No. 12 RT 05 Kelurahan Sukamaju dekat pasar",
            "NIK ayah saya pernah salah di data penjualan warung",
            "Aku mengolah data penjualan untuk akun @warungibu setiap hari",
        ],
    )
    def test_never_personal_data(self, telling: str) -> None:
        assert usable_phrases([f"{EXCEL}. {telling}."], NAMES) == [EXCEL]

    @pytest.mark.parametrize(
        "harmless",
        [
            "Nikmatnya mengolah data penjualan sambil minum teh",
            "Aku jalan kaki sambil menghitung toko yang ramai",
            "Nama barang di tabel itu kurapikan satu per satu",
        ],
    )
    def test_words_that_only_look_personal(self, harmless: str) -> None:
        assert usable_phrases([harmless], NAMES) == [harmless]

    def test_personal_data_between_brackets_takes_its_sentence_along(self) -> None:
        text = f"Aku mengolah data (hubungi rani@contoh.id) untuk warung ibu dan bapak. {EXCEL}."
        assert usable_phrases([text], NAMES) == [EXCEL]

    def test_never_the_name_of_a_profession(self) -> None:
        assert usable_phrases([f"Aku mau jadi data analyst yang hebat. {EXCEL}"], NAMES) == [EXCEL]

    def test_each_once(self) -> None:
        assert usable_phrases([EXCEL, f"{EXCEL}!", EXCEL], NAMES) == [EXCEL]

    @given(
        st.lists(st.text(max_size=120) | st.sampled_from([r["text"] for r in TEXTS]), max_size=4)
    )
    @settings(max_examples=60, deadline=None)
    def test_always_exact_substrings(self, texts: list[str]) -> None:
        for phrase in usable_phrases(texts, NAMES):
            assert any(phrase in text for text in texts)
            assert 0 < len(phrase) <= 140


class TestSupportingPhrases:
    def test_at_most_two_that_speak_most_of_the_work(self) -> None:
        phrases = [
            "Sore hari aku bermain bola dengan adik di lapangan",
            EXCEL,
            "Aku teliti mencari angka yang janggal di tabel data",
            "Aku merapikan data pelanggan dan membuat laporan grafik bulanan",
        ]
        found = supporting_phrases(phrases, ANALYST)
        assert len(found) == 2
        assert set(found) < set(phrases[1:])

    def test_nothing_that_speaks_against_the_work(self) -> None:
        against = "Aku sama sekali tidak suka mengolah data dan grafik penjualan"
        assert supporting_phrases([against], ANALYST) == []

    def test_nothing_that_speaks_against_anything(self) -> None:
        liking = "Aku suka mengolah data dan membuat grafik penjualan warung"
        mixed = f"{liking}, tetapi aku benci berbicara di depan kelas"
        assert supporting_phrases([mixed, liking], ANALYST) == [liking]

    def test_nothing_where_nothing_fits(self) -> None:
        unrelated = "Sore hari aku bermain bola dengan adik di lapangan"
        assert supporting_phrases([unrelated], ANALYST) == []
        bare = replace(ANALYST, about=None, activities=(), hard_skills=())
        assert supporting_phrases([EXCEL], bare) == []

    def test_student_texts_mostly_support_their_profession(self) -> None:
        """Somebody's own words stand beside the profession they wrote about."""
        found = [
            supporting_phrases(usable_phrases([row["text"]], NAMES), CATALOGUE[row["profession"]])
            for row in TEXTS
        ]
        assert sum(bool(phrases) for phrases in found) / len(found) >= 0.6


class TestChoosePhrases:
    def test_judged_together_as_each_by_itself(self) -> None:
        works = [CATALOGUE[name] for name in ("Data Analyst", "Network Engineer")]
        usable = usable_phrases(STORIES, NAMES)
        assert choose_phrases(STORIES, NAMES, works) == {
            work.profession_id: supporting_phrases(usable, work) for work in works
        }

    def test_nobody_is_recommended(self) -> None:
        assert choose_phrases(STORIES, NAMES, []) == {}
