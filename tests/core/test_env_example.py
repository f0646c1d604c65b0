"""`.env.example` is the settings class, written down."""

from pathlib import Path

import pytest

from app.core.settings import Settings
from tests.support.databases import ROOT

EXAMPLE = ROOT / ".env.example"


def example_values(path: Path) -> dict[str, str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    pairs = [line.partition("=") for line in lines if line and not line.startswith("#")]
    return {name: value for name, _, value in pairs}


def test_names_every_setting_and_no_other() -> None:
    assert set(example_values(EXAMPLE)) == {name.upper() for name in Settings.model_fields}


def test_holds_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    written = Settings(_env_file=EXAMPLE)
    defaults = {name: field.default for name, field in Settings.model_fields.items()}
    assert written.model_dump() == defaults
