"""What is sent in a turn, and what comes back."""

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, StringConstraints

from app.chat.fields import is_blank
from app.chat.messages.schemas import MessageItem
from app.core.fields import Input, Output, SafeText

# MAX_MESSAGE_LENGTH decides what is accepted; it can be set no higher than this.
MAX_CONTENT_CHARS = 20_000
BLANK = "Pesannya kosong. Tulis sesuatu dulu, ya."


def _said(text: str) -> str:
    """Trimmed; blank and invisible texts are refused."""
    if is_blank(text):
        raise ValueError(BLANK)
    return text.strip()


Content = Annotated[
    SafeText, StringConstraints(max_length=MAX_CONTENT_CHARS), AfterValidator(_said)
]


class SendMessage(Input):
    """`content_type`: only "text" is read. `parent_message_id`: the message that is replied to."""

    content: Content
    content_type: Annotated[str, StringConstraints(max_length=20)] = "text"
    parent_message_id: UUID | None = None


class TurnUsage(Output):
    """Tokens and cost (US dollars) of an answer, of all models that were asked for it."""

    model: str
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    cost: float
    is_free_model: bool


class Regenerated(Output):
    """A new answer to a message; the ones before it are kept as lower versions.

    `estimated_response_time` in seconds: what an answer of this kind of model usually takes.
    """

    new_message: MessageItem
    usage: TurnUsage
    model: str
    is_free_model: bool
    processing_time_ms: int
    estimated_response_time: float
    support: str | None


class TurnAnswer(Output):
    """A message and its answer. `support`: a sentence for a person in distress, else null."""

    user_message: MessageItem
    assistant_message: MessageItem
    usage: TurnUsage
    model: str
    is_free_model: bool
    processing_time_ms: int
    estimated_response_time: float
    support: str | None
