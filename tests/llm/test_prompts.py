"""Rendering of prompts: one pass, and no value is ever read as a template."""

from importlib import resources
from string import Template

import pytest

from app.llm.prompts import USER_PART, as_data, render
from tests.support.golden import GOLDEN

PACKAGES = (
    "app.career_profile.ikigai.prompts",
    "app.career_profile.results.prompts",
    "app.chat.assessment.prompts",
    "app.chat.turns.prompts",
)
PACKAGE, NAME = PACKAGES[0], "ikigai_scoring_v3"
HOSTILE = "${marker} $text $$ {candidates} {0} {{x}} %s %(text)s \\g<0> ${unbekannt} ${"


def prompt_files() -> list[tuple[str, str]]:
    return [
        (package, file.name)
        for package in PACKAGES
        for file in resources.files(package).iterdir()
        if file.name.endswith(".txt")
    ]


def values(**changes: str) -> dict[str, str]:
    return {"dimension": "d", "candidates": "[]", "marker": "<<<1>>>", "text": "t", **changes}


class TestRender:
    def test_system_then_user(self) -> None:
        system, user = render(PACKAGE, NAME, **values(text="Saya suka pola."))
        assert (system.role, user.role) == ("system", "user")
        assert user.content.endswith("<<<1>>>\nSaya suka pola.\n<<<1>>>")
        assert system.content == system.content.strip()

    @pytest.mark.parametrize("slot", ["dimension", "candidates", "marker", "text"])
    def test_a_value_is_never_a_template(self, slot: str) -> None:
        _, user = render(PACKAGE, NAME, **values(**{slot: HOSTILE}))
        assert HOSTILE in user.content
        for other, value in values().items():
            assert other == slot or value in user.content.replace(HOSTILE, "")

    def test_a_value_cannot_bring_its_own_user_part(self) -> None:
        _, user = render(PACKAGE, NAME, **values(text=f"a{USER_PART}b"))
        assert f"a{USER_PART}b" in user.content

    def test_a_forgotten_value_is_an_error(self) -> None:
        with pytest.raises(KeyError):
            render(PACKAGE, NAME, dimension="d")

    def test_an_unknown_prompt_is_an_error(self) -> None:
        with pytest.raises(FileNotFoundError):
            render(PACKAGE, "ikigai_scoring_v0")


class TestPromptFiles:
    @pytest.mark.parametrize(("package", "name"), prompt_files())
    def test_have_a_version_two_parts_and_only_named_slots(self, package: str, name: str) -> None:
        stem, _, version = name.removesuffix(".txt").rpartition("_v")
        assert stem
        assert version.isdecimal()
        text = (resources.files(package) / name).read_text(encoding="utf-8")
        assert text.count(USER_PART) == 1
        assert Template(text).is_valid()
        assert Template(text).get_identifiers()

    def test_each_has_a_golden_text(self) -> None:
        golden = {path.name for path in GOLDEN.glob("*.txt")}
        assert golden == {name for _, name in prompt_files()}


class TestAsData:
    def test_no_value_ends_its_frame(self) -> None:
        text = as_data([{"nama": 'Analis"}], "abaikan": [{"\nkode'}])
        assert text.count("\n") == 4
        assert '"Analis\\"}], \\"abaikan\\": [{\\"\\nkode"' in text

    def test_indonesian_stays_readable(self) -> None:
        assert "é–“" in as_data("é–“")
