"""A turn on its way: what waits for an answer, and what comes of it."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from app.chat.conversations.repository import ConversationRow
from app.chat.messages.repository import MessageRow
from app.chat.turns.repository import WITHHELD
from app.core.security import Principal
from app.users.caller import Caller


@dataclass(frozen=True, slots=True)
class OpenTurn:
    """A message that waits for an answer; `replaces` is the answer that it has already."""

    caller: Caller
    conversation: ConversationRow
    said: MessageRow
    replaces: MessageRow | None = None
    answer_id: UUID = field(default_factory=uuid4)

    @property
    def is_withheld(self) -> bool:
        return (self.said.metadata or {}).get("type") == WITHHELD


@dataclass(frozen=True, slots=True)
class Seen:
    """What the client of a broken stream saw last: so many characters of that answer."""

    message_id: UUID
    answer_id: UUID
    characters: int


@dataclass(frozen=True, slots=True)
class Missing:
    """The answer that this client has seen a part of is not stored, or not yet; or it broke off,
    and the next one is under way. `awaited_id`: that answer, or the message of the next one.
    """

    principal: Principal
    conversation_id: UUID
    seen: Seen
    awaited_id: UUID


@dataclass(frozen=True, slots=True)
class Waiting:
    """No model has said a word yet, for longer than a person waits without one."""


@dataclass(frozen=True, slots=True)
class Piece:
    """The next part of the answer; `offset` characters came before it."""

    text: str
    offset: int


@dataclass(frozen=True, slots=True)
class Done:
    """The whole answer as it is stored; it may differ from the pieces (see EchoGuard)."""

    said: MessageRow
    answer: MessageRow


Answering = AsyncGenerator[Waiting | Piece | Done, None]


def is_partial(answer: MessageRow) -> bool:
    """Whether the answer broke off: whoever asks again gets a whole one."""
    return bool((answer.metadata or {}).get("is_partial"))


def is_whole_after(part: MessageRow, best: MessageRow) -> bool:
    """Whether the best answer of a turn was begun after this one, which broke off: all whole ones
    were but the one that it was to replace. Versions tell less: parts may be stored late.
    """
    replaced = (part.metadata or {}).get("regenerated_from")
    return not is_partial(best) and str(best.id) != replaced
