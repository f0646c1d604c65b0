"""A person in distress is met by a person; a broken lamp is not."""

import tomllib
from pathlib import Path

import pytest

from app.llm.withheld import SUPPORT_MESSAGE, speaks_of_self_harm

TEXTS = tomllib.loads((Path(__file__).parent / "self_harm_texts.toml").read_text("utf-8"))


@pytest.mark.parametrize("text", TEXTS["positives"])
def test_distress_is_seen(text: str) -> None:
    assert speaks_of_self_harm(text)
    assert speaks_of_self_harm(f"Saya suka menggambar dan bermain gitar. {text} Terima kasih.")
    assert speaks_of_self_harm(text.upper())


@pytest.mark.parametrize("text", TEXTS["lookalikes"])
def test_harmless_lookalikes_pass(text: str) -> None:
    assert not speaks_of_self_harm(text)


def test_disguise_does_not_hide_it() -> None:
    assert speaks_of_self_harm("aku ingin bun\u200buh diri")
    assert speaks_of_self_harm("aku mau bunuh-diri")


def test_support_names_the_national_helpline() -> None:
    assert "119 ext. 8" in SUPPORT_MESSAGE
