"""What of a user's text may leave the process."""

import re
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.llm.user_text import mask_personal_data, normalise, ready_for_model


class TestNormalise:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            pytest.param("ﬁlm ｄａｔａ ①", "film data 1", id="NFKC"),
            pytest.param("cafe\u0301", "café", id="composed"),
            pytest.param("a\x00b\x07c\x1bd\x7fe", "abcde", id="control characters"),
            pytest.param("satu\r\ndua\rtiga\x85empat", "satu\ndua\ntiga\nempat", id="line ends"),
            pytest.param("satu\u2028dua\u2029tiga", "satu\ndua\ntiga", id="separators"),
            pytest.param("satu\tdua", "satu dua", id="tab"),
            pytest.param("sa\u200btu\u200d \ufeffdu\u00ada\u2060", "satu dua", id="zero width"),
            pytest.param("\u202ekiri\u202c \u2066x\u2069", "kiri x", id="direction overrides"),
            pytest.param("a\U000e0041\U000e0042b", "ab", id="tag characters"),
            pytest.param("a\ufe0f\U000e0100\U000e01efb\ufe00", "ab", id="variation selectors"),
            pytest.param("a\u3164b\uffa0c\u115f\u2800d\u034f", "abcd", id="drawn as nothing"),
            pytest.param("a\ud800b\ue000c\uffffd", "abcd", id="surrogate, private, noncharacter"),
            pytest.param(" \n pinggir \n ", "pinggir", id="trimmed"),
            pytest.param("kue 🍰 untuk 2 orang", "kue 🍰 untuk 2 orang", id="emoji stay"),
        ],
    )
    def test_what_stays(self, text: str, expected: str) -> None:
        assert normalise(text) == expected

    def test_at_most_two_thousand_characters(self) -> None:
        assert normalise("a" * 2001) == "a" * 2000

    def test_growing_text_is_cut_after_it_has_grown(self) -> None:
        assert len(normalise("\ufdfa" * 2000)) == 2000  # one character of 18 letters

    @given(st.text(max_size=300))
    def test_any_text(self, text: str) -> None:
        found = normalise(text)
        assert len(found) <= 2000
        assert found == found.strip()
        assert not {c for c in found if unicodedata.category(c)[0] == "C"} - {"\n"}
        assert normalise(found) == found


class TestMasking:
    @pytest.mark.parametrize(
        "address",
        [
            "rani@contoh.id",
            "rani.puspita+tes@mail.contoh.co.id",
            "RANI_99@CONTOH.ID",
            "rani-p@kampus.ac.id",
        ],
    )
    def test_addresses(self, address: str) -> None:
        assert mask_personal_data(f"Tulis ke {address}, ya.") == "Tulis ke [email], ya."

    @pytest.mark.parametrize(
        "number",
        [
            "081234567890",
            "+6281234567890",
            "+62 812-3456-7890",
            "0812 3456 7890",
            "0812.3456.7890",
            "0812 - 3456 - 7890",
            "(0812) 3456-7890",
            "(021) 555 12 34",
            "3174012345678901",
            "3174 0123 4567 8901",
            "01.234.567.8-901.000",
            "12345678901234567890",
        ],
    )
    def test_phone_identity_and_account_numbers(self, number: str) -> None:
        assert mask_personal_data(f"Nomor saya {number}.") == "Nomor saya [nomor]."

    @pytest.mark.parametrize(
        "text", ["WA081234567890", "telp.081234567890ya", "no:3174012345678901"]
    )
    def test_numbers_glued_to_words(self, text: str) -> None:
        found = mask_personal_data(text)
        assert "[nomor]" in found
        assert not any(char.isdigit() for char in found)

    @pytest.mark.parametrize(
        "text",
        [
            "Tahun 2019-2023 saya juara 3 dari 120 peserta",
            "gaji Rp 8-12 juta, 15 orang, 24 jam",
            "Omzet naik 35,5% jadi 12.500.000",
            "IPK 3.85, skor 98/100",
            "tim @warung dan rasio 3:2",
        ],
    )
    def test_numbers_that_are_evidence_stay(self, text: str) -> None:
        assert mask_personal_data(text) == text

    @pytest.mark.parametrize("unit", ["a", "a.", "1", "1 ", "(", "a@", "+", "a@b.", "1-"])
    def test_takes_no_time_whatever_is_written(self, unit: str) -> None:
        started = time.process_time()
        mask_personal_data((unit * 2000)[:2000])
        assert time.process_time() - started < 0.1


class TestReadyForModel:
    def test_disguised_digits_and_addresses(self) -> None:
        text = "WA ０８１２３４５６７８９０ atau ra\u200bni＠contoh．id"
        assert ready_for_model(text) == "WA [nomor] atau [email]"

    def test_an_invisible_character_parts_no_number(self) -> None:
        assert ready_for_model("0812\u200b3456\u20607890") == "[nomor]"


@pytest.mark.parametrize(
    "text",
    [
        "WA 0812\u20133456\u20137890 ya",
        "WA 0812\u20113456\u20117890 ya",
        "hubungi 0812_3456_7890",
        "hubungi 0812,3456,7890",
        "hubungi 0812 : 3456 : 7890",
        "kirim ke budi @gmail.com",
        "kirim ke budi (at) gmail.com",
        "081.234.567.890 nomorku",
    ],
)
def test_however_a_person_writes_it_it_is_masked(text: str) -> None:
    masked = ready_for_model(text)
    assert not re.search(r"\d{3}", masked)
    assert "gmail" not in masked


@pytest.mark.parametrize(
    "text",
    [
        "omzet 500.000 - 1.000.000 sehari",
        "gaji 1.000.000.000 rupiah",
        "tahun 2019-2020-2021 aku magang",
        "ajaran 2020/2021 2021/2022",
    ],
)
def test_amounts_and_years_are_evidence_and_stay(text: str) -> None:
    assert ready_for_model(text) == text
