"""A conversation is named after its first message."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.chat.turns.titles import MAX_TITLE_CHARS, UNNAMED, title_of


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Apa kekuatanku?", "Apa kekuatanku?"),
        ("  Apa\n\nkekuatanku?\t", "Apa kekuatanku?"),
        ("# **Apa** `kekuatanku`?", "Apa kekuatanku ?"),
        ("", UNNAMED),
        ("... 😀 !!", UNNAMED),
        ("a" * 61, "a" * 59 + "…"),
        (
            "Bagaimana cara memilih antara jadi data analyst, atau guru matematika di desaku?",
            "Bagaimana cara memilih antara jadi data analyst, atau guru…",
        ),
        (
            "kata " * 11 + "akhir, lalu seterusnya",
            "kata kata kata kata kata kata kata kata kata kata kata…",
        ),
    ],
)
def test_examples(text: str, title: str) -> None:
    assert title_of(text) == title


@given(st.text(max_size=400))
def test_always_one_readable_line(text: str) -> None:
    title = title_of(text)
    assert 0 < len(title) <= MAX_TITLE_CHARS
    assert title == " ".join(title.split())
    assert not any(sign in title for sign in "`*#<>")
