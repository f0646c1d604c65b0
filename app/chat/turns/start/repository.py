"""The statement that a turn begins with."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, func, select

from app.chat.columns import Timestamp
from app.chat.conversations.repository import (
    CallerAndConversation,
    conversation_of,
    owned_conversation,
)
from app.chat.turns.repository import OWNER, TALK, message_named
from app.chat.usage.repository import tokens_since
from app.core.rendered import Rendered
from app.users.repository import caller_of


@dataclass(frozen=True, slots=True)
class TurnStart:
    """What decides whether a message may be sent. `parent_is_here`: None without a parent."""

    found: CallerAndConversation
    tokens_used: int
    parent_is_here: bool | None


def _turn_start() -> Any:
    parents = select(func.count()).where(*message_named()).scalar_subquery()
    used = tokens_since(OWNER, bindparam("since", type_=Timestamp))
    return owned_conversation(OWNER, TALK, used.label("used"), parents.label("parents"))


TURN_START = Rendered(_turn_start)


def find_turn_start(
    connection: Connection,
    user_id: UUID,
    conversation_id: UUID,
    used_since: datetime,
    parent_id: UUID | None = None,
) -> TurnStart:
    """Caller, own conversation, tokens of all conversations since then, and the parent."""
    row = TURN_START.first(
        connection,
        user_id=user_id,
        conversation_id=conversation_id,
        since=used_since,
        message_id=parent_id,
    )
    found = CallerAndConversation(caller_of(row), conversation_of(row))
    if row is None:
        return TurnStart(found, 0, None)
    return TurnStart(found, row.used, None if parent_id is None else row.parents == 1)
