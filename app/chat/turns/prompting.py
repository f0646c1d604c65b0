"""What the advisor's model reads: the rules, the talk so far, the person's data and message."""

import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.chat.assessment.context import for_model, summary_line
from app.chat.conversations.models import ContextType
from app.chat.messages.models import SenderType
from app.chat.messages.repository import MessageRow
from app.chat.turns.history import Line, newest_within
from app.chat.turns.repository import WITHHELD
from app.llm.port import Message
from app.llm.prompts import render
from app.llm.user_text import ready_for_model
from app.llm.withheld import speaks_of_self_harm
from app.users.names import NO_NAME

PACKAGE: Final = "app.chat.turns.prompts"
NAME: Final = "chat_advisor_v1"
UNKNOWN: Final = "Tidak ada data."
FOCUS: Final[Mapping[ContextType, str]] = {
    ContextType.GENERAL: "Kamu membantunya mengenali minat, kekuatan, dan pilihan belajarnya.",
    ContextType.ASSESSMENT: (
        "Kamu membantunya memahami hasil tesnya dan menemukan langkah berikutnya."
    ),
    ContextType.CAREER_GUIDANCE: (
        "Kamu membantunya membandingkan profesi dan menyusun rencana yang bisa dijalani."
    ),
}
AT_LENGTH: Final = "Tulis 2-4 paragraf pendek."
# What free models are told: they are slower, and a short answer is there sooner.
BRIEFLY: Final = "Tulis singkat tapi bermanfaat, paling banyak 120 kata."
# A person's message may be this long for the model, whatever MAX_MESSAGE_LENGTH allows to store.
MAX_MESSAGE_CHARS: Final = 20_000
MAX_ABOUT_CHARS: Final = 40_000  # a conversation's context is bounded to 16 KiB when it is stored
SUPPORT: Final = "support"
NOT_READ: Final = frozenset({WITHHELD, SUPPORT})


@dataclass(frozen=True, slots=True)
class Prompts:
    """The same turn for a model that is paid and for a free one; the rules come first."""

    messages: tuple[Message, ...]
    free_messages: tuple[Message, ...]


def build_prompts(
    kind: ContextType,
    about: Mapping[str, Any],
    newest_first: Iterable[MessageRow],
    text: str,
    history_tokens: int,
) -> Prompts:
    """The turn's prompts, made anew each time. All that people wrote stands between random
    markers, without personal data, and cannot end its frame. `about`: what is known of the person.
    """
    marker = f"<<<{secrets.token_hex(8)}>>>"
    window = newest_within((_line(message) for message in readable(newest_first)), history_tokens)
    history = tuple(_framed(line, marker) for line in window)
    data = json.dumps(about, ensure_ascii=False)  # no value ends its own frame
    known = UNKNOWN if speaks_of_self_harm(data) else ready_for_model(data, MAX_ABOUT_CHARS)
    message = ready_for_model(text, MAX_MESSAGE_CHARS)

    def prompt(length: str) -> tuple[Message, ...]:
        system, user = render(
            PACKAGE,
            NAME,
            focus=FOCUS[kind],
            length=length,
            marker=marker,
            about=known,
            text=message,
        )
        return (system, *history, user)

    return Prompts(prompt(AT_LENGTH), prompt(BRIEFLY))


def about_person(first_name: str, context: Mapping[str, Any] | None) -> dict[str, Any]:
    """Of the person and their result what a model may read, the summary first: no id, and nothing
    about what is unknown.
    """
    known = context or {}
    summary = summary_line(known)
    return {
        "nama_depan": None if first_name == NO_NAME else first_name,
        **({"ringkasan": summary} if summary else {}),
        "hasil_tes": for_model(known) or None,
    }


def readable(messages: Iterable[MessageRow]) -> Iterable[MessageRow]:
    """Without what speaks of self-harm, and the answers to it: it never reaches a model."""
    return (item for item in messages if (item.metadata or {}).get("type") not in NOT_READ)


def _line(message: MessageRow) -> Line:
    if message.sender_type is SenderType.ASSISTANT:
        return Line("assistant", message.content)
    return Line("user", ready_for_model(message.content, MAX_MESSAGE_CHARS))


def _framed(line: Line, marker: str) -> Message:
    if line.sender == "assistant":
        return Message("assistant", line.text)
    return Message("user", f"{marker}\n{line.text}\n{marker}")
