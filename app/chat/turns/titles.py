"""The title of a conversation, made from its first message. Pure."""

import re
from typing import Final

MAX_TITLE_CHARS: Final = 60
UNNAMED: Final = "Percakapan baru"
MARKUP: Final = re.compile(r"[`*_#>~|\[\]{}<]+")
ELLIPSIS: Final = "…"


def title_of(text: str) -> str:
    """The first words of the text on one line, at most MAX_TITLE_CHARS, without markup.

    Cut between words where there is a place to cut; UNNAMED when nothing readable is left.
    """
    line = " ".join(MARKUP.sub(" ", text).split())
    if not any(char.isalnum() for char in line):
        return UNNAMED
    if len(line) <= MAX_TITLE_CHARS:
        return line
    room = MAX_TITLE_CHARS - len(ELLIPSIS)
    cut = line[: room + 1].rsplit(" ", 1)[0] if " " in line[: room + 1] else line[:room]
    return cut.rstrip(" ,.;:-–") + ELLIPSIS
