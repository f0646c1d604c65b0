"""How the demo writes an answer down while it comes."""

import io

import pytest
from rich.console import Console

from app.cli.talk import INDENT, Page

TEXT = "Kamu teliti, dan [bold] itu tidak cukup: tanyakan lagi.\n- satu\n- dua"


def written(pieces: list[str], width: int) -> str:
    output = io.StringIO()
    page = Page(Console(file=output, width=width, highlight=False))
    for piece in pieces:
        page.write(piece)
    page.end()
    return output.getvalue()


@pytest.mark.parametrize("width", [24, 40, 100])
def test_the_pieces_do_not_show(width: int) -> None:
    whole = written([TEXT], width)
    for size in (1, 3, 7):
        assert written([TEXT[i : i + size] for i in range(0, len(TEXT), size)], width) == whole
    assert whole.split() == TEXT.split()
    lines = whole.splitlines()
    assert all(len(line) <= width for line in lines)
    assert all(line.startswith(" " * INDENT) for line in lines)
    assert len(lines) >= 3


def test_a_word_longer_than_the_page_stands_alone() -> None:
    assert written(["a " + "b" * 40 + " c"], 20).split() == ["a", "b" * 40, "c"]
