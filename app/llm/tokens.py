"""Tokens of texts that no provider has counted."""

import math
from collections.abc import Iterable
from typing import Final

from app.llm.port import Message, Usage

# Of Indonesian prose; measured tokenizers differ by a few tenths.
CHARS_PER_TOKEN: Final = 3.5


def estimated_usage(messages: Iterable[Message], text: str) -> Usage:
    """What a question and the text that came of it took; the cost is unknown and says 0."""
    asked = sum(len(message.content) for message in messages)
    return Usage(math.ceil(asked / CHARS_PER_TOKEN), math.ceil(len(text) / CHARS_PER_TOKEN))
