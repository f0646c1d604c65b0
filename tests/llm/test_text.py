"""Texts of a model become one clean line, or nothing."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.llm.text import one_clean_line


class TestOneCleanLine:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("Kamu teliti.", "Kamu teliti."),
            ("  Kamu\n\nteliti.\tYa. ", "Kamu teliti. Ya."),
            ("Kamu\u00a0teliti.\u2028Ya.", "Kamu teliti. Ya."),
            ("Ka\x00mu\x1b te\u200bliti\ufeff.", "Kamu teliti."),
            ("Kamu \ud83d teliti.", "Kamu teliti."),
            ("\u202eKamu\u202c", "Kamu"),
            ("Café 🍰 “pola” – 8-12", "Café 🍰 “pola” – 8-12"),
            ("", ""),
            (" \n ", ""),
        ],
    )
    def test_a_text(self, text: str, expected: str) -> None:
        assert one_clean_line(text) == expected

    @pytest.mark.parametrize("value", [None, 5, True, ["Kamu"], {"a": 1}, b"Kamu"])
    def test_what_is_no_text(self, value: object) -> None:
        assert one_clean_line(value) == ""

    @given(st.text(st.characters(), max_size=200))
    def test_any_text_can_be_stored_and_shown(self, text: str) -> None:
        found = one_clean_line(text)
        found.encode("utf-8")
        assert not {c for c in found if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"}}
        assert one_clean_line(found) == found
