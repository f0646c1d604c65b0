"""Which part of a talk the model reads. Pure."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

# Indonesian prose, as in app/llm/tokens.py; a line also costs its frame.
CHARS_PER_TOKEN: Final = 3.5
TOKENS_PER_LINE: Final = 4


@dataclass(frozen=True, slots=True)
class Line:
    """One message as the model may read it."""

    sender: Literal["user", "assistant"]
    text: str

    @property
    def tokens(self) -> int:
        """Estimated."""
        return math.ceil(len(self.text) / CHARS_PER_TOKEN) + TOKENS_PER_LINE


def newest_within(lines: Iterable[Line], max_tokens: int) -> list[Line]:
    """The newest lines that fit into so many tokens, oldest first; `lines` come newest first.

    Never half a message, and no gap: the first that does not fit ends the window. An answer
    whose question fell out is left out, too, for it would answer nothing.
    """
    window: list[Line] = []
    left = max_tokens
    for line in lines:
        left -= line.tokens
        if left < 0:
            break
        window.append(line)
    while window and window[-1].sender == "assistant" and left < 0:
        window.pop()
    return window[::-1]
