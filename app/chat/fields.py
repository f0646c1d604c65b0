"""Input types of the chat: titles, and JSON documents of a bounded size."""

import json
import math
from collections.abc import Callable, Iterable
from typing import Annotated, Any

from pydantic import AfterValidator, StringConstraints

from app.core.fields import SafeText
from app.core.messages import NUL_MESSAGE
from app.llm.user_text import INVISIBLE

MAX_TITLE_CHARS = 255
# A conversation's context is read by the model on every turn: 16 KiB are about 4,000 tokens.
MAX_CONTEXT_BYTES = 16 * 1024
MAX_METADATA_BYTES = 4 * 1024
MAX_DEPTH = 8
EMPTY_TITLE = "Judulnya kosong. Tulis setidaknya satu huruf."
TOO_LARGE = "Datanya terlalu besar, maksimal {} KiB."
TOO_DEEP = "Datanya terlalu bertingkat, maksimal {} tingkat."
NO_NUMBER = "Datanya berisi bilangan yang tidak bisa disimpan."

Document = dict[str, Any]


def is_blank(text: str) -> bool:
    """Whether there is nothing to see in it: some letters and signs are drawn as nothing."""
    seen = INVISIBLE.sub("", text)
    return not any(char.isprintable() and not char.isspace() for char in seen)


def _one_line(title: str) -> str:
    """Every run of spaces and line breaks as one space."""
    if is_blank(title):
        raise ValueError(EMPTY_TITLE)
    return " ".join(title.split())


def _storable(part: object) -> None:
    """What PostgreSQL's jsonb refuses: NUL, half of a surrogate pair, NaN and infinity."""
    if isinstance(part, str) and (
        "\x00" in part or any("\ud800" <= char <= "\udfff" for char in part)
    ):
        raise ValueError(NUL_MESSAGE)
    if isinstance(part, float) and not math.isfinite(part):
        raise ValueError(NO_NUMBER)


def _inside(part: object) -> Iterable[object]:
    if isinstance(part, dict):
        return [*part.keys(), *part.values()]
    return part if isinstance(part, list) else ()


def bounded(max_bytes: int) -> Callable[[Document], Document]:
    """Refuses a document that is larger, deeper than MAX_DEPTH, or that cannot be stored."""

    def check(document: Document) -> Document:
        level: list[object] = [document]
        depth = 0
        while level:
            if depth > MAX_DEPTH:
                raise ValueError(TOO_DEEP.format(MAX_DEPTH))
            for part in level:
                _storable(part)
            level = [inner for part in level for inner in _inside(part)]
            depth += 1
        if len(json.dumps(document, ensure_ascii=False).encode()) > max_bytes:
            raise ValueError(TOO_LARGE.format(max_bytes // 1024))
        return document

    return check


Title = Annotated[
    SafeText,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TITLE_CHARS),
    AfterValidator(_one_line),
]
ContextData = Annotated[Document, AfterValidator(bounded(MAX_CONTEXT_BYTES))]
Metadata = Annotated[Document, AfterValidator(bounded(MAX_METADATA_BYTES))]
