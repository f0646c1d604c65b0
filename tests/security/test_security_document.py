"""docs/security.md and docs/faults.md say nothing that is not there: files, tests and tables."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from app.core.database import Base
from app.tables import import_models
from tests.support.databases import ROOT

DOCUMENT = ROOT / "docs" / "security.md"
REFERENCE = re.compile(r"`((?:app|docs|tests)/[\w./-]+)(?:::(\w+))?`")
ROW = re.compile(r"^\| (V\d|API\d)", re.MULTILINE)
JOBS = {f"procrastinate_{name}" for name in ("jobs", "events", "workers", "periodic_defers")}


@cache
def text() -> str:
    return DOCUMENT.read_text(encoding="utf-8")


def references() -> list[tuple[str, str]]:
    """Files and, where one is named, the test in it."""
    faults = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")
    return sorted(set(REFERENCE.findall(text() + faults)))


@cache
def functions_of(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in ast.walk(tree) if isinstance(node, kinds)}


@pytest.mark.parametrize(("path", "test"), references())
def test_what_it_names_exists(path: str, test: str) -> None:
    assert (ROOT / path).exists()
    if test:
        assert test in functions_of(ROOT / path)
    elif Path(path).name.startswith("test_"):
        assert any(name.startswith("test_") for name in functions_of(ROOT / path))


def rows() -> list[list[str]]:
    lines = [line for line in text().splitlines() if ROW.match(line)]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_a_control_has_a_place_and_a_test_or_a_reason() -> None:
    assert len(rows()) > 90
    for name, control, place, shown in rows():
        assert control
        assert "`" in place, name
        told = (
            "D)" in name
            or "lint)" in name
            or place.startswith("`docs/")
            or name.startswith("V15.1")
        )
        assert "`tests/" in shown or told, name


def test_the_ten_risks_are_there() -> None:
    risks = [row[0].split()[0] for row in rows() if row[0].startswith("API")]
    assert risks == [f"API{number}" for number in range(1, 11)]


def test_every_table_is_listed() -> None:
    import_models()
    data = text().partition("\n## Data\n")[2].partition("\n## ")[0]
    named = set(re.findall(r"`([a-z_]+(?:\.[a-z_]+)?)`", data))
    assert set(Base.metadata.tables) | JOBS <= named
