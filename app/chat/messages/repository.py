"""Named statements that read messages; the owner comes first in each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ColumnElement, Connection, and_, func, literal_column, select, tuple_
from sqlalchemy.orm import aliased

from app.chat.conversations.repository import (
    CallerAndConversation,
    conversation_of,
    owned_conversation,
)
from app.chat.messages.models import ContentType, Message, SenderType
from app.users.repository import caller_of

WELCOME_TYPE = "assessment_welcome"  # metadata's type of the message that opens a conversation


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A message as the services see it."""

    id: UUID
    conversation_id: UUID
    sender_type: SenderType
    content: str
    content_type: ContentType
    metadata: Mapping[str, Any] | None
    parent_message_id: UUID | None
    turn_number: int
    version: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class MessagePage:
    """`anchors_found`: of the messages that bound the page, how many are in the conversation."""

    found: CallerAndConversation
    anchors_found: int
    messages: list[MessageRow]


@dataclass(frozen=True, slots=True)
class Bounds:
    """Which part of a conversation: the newest of it, or the oldest after a message."""

    limit: int
    before_id: UUID | None = None
    after_id: UUID | None = None

    @property
    def upwards(self) -> bool:
        return self.after_id is not None and self.before_id is None

    @property
    def anchors(self) -> set[UUID]:
        return {anchor for anchor in (self.before_id, self.after_id) if anchor is not None}


MESSAGE_COLUMNS = (
    Message.id,
    Message.conversation_id,
    Message.sender_type,
    Message.content,
    Message.content_type,
    Message.details.label("metadata"),
    Message.parent_message_id,
    Message.turn_number,
    Message.version,
    Message.created_at,
)
PLACE = (Message.turn_number, Message.version)


def message_of(document: Mapping[str, Any]) -> MessageRow:
    """A message out of the JSON that PostgreSQL made of MESSAGE_COLUMNS."""
    parent = document["parent_message_id"]
    return MessageRow(
        id=UUID(document["id"]),
        conversation_id=UUID(document["conversation_id"]),
        sender_type=SenderType(document["sender_type"]),
        content=document["content"],
        content_type=ContentType(document["content_type"]),
        metadata=document["metadata"],
        parent_message_id=None if parent is None else UUID(parent),
        turn_number=document["turn_number"],
        version=document["version"],
        created_at=datetime.fromisoformat(document["created_at"]),
    )


def list_messages(
    connection: Connection, user_id: UUID, conversation_id: UUID, bounds: Bounds
) -> MessagePage:
    """Caller, own conversation and a part of its messages, oldest first, in one statement."""
    part = _part(user_id, conversation_id, bounds).subquery("part")
    documents = select(func.json_agg(literal_column("part"), type_=JSON)).select_from(part)
    anchors = select(func.count()).where(
        _is_in(user_id, conversation_id), Message.id.in_(bounds.anchors)
    )
    row = connection.execute(
        owned_conversation(
            user_id,
            conversation_id,
            documents.scalar_subquery().label("documents"),
            anchors.scalar_subquery().label("anchors_found"),
        )
    ).first()
    found = CallerAndConversation(caller_of(row), conversation_of(row))
    if row is None or found.conversation is None:
        return MessagePage(found, 0, [])
    messages = [message_of(document) for document in row.documents or []]
    return MessagePage(found, row.anchors_found, messages if bounds.upwards else messages[::-1])


def find_suggestions(
    connection: Connection, user_id: UUID, conversation_id: UUID
) -> tuple[CallerAndConversation, Sequence[str] | None]:
    """Caller, own conversation, and the suggestions that came with its newest welcome."""
    suggestions = (
        select(Message.details["suggestions"])
        .where(
            _is_in(user_id, conversation_id),
            Message.sender_type == SenderType.ASSISTANT,
            Message.details["type"].astext == WELCOME_TYPE,
        )
        .order_by(Message.turn_number.desc(), Message.version.desc())
        .limit(1)
        .scalar_subquery()
    )
    statement = owned_conversation(user_id, conversation_id, suggestions.label("suggestions"))
    row = connection.execute(statement).first()
    found = CallerAndConversation(caller_of(row), conversation_of(row))
    return found, row.suggestions if row else None


def _is_in(user_id: UUID, conversation_id: UUID) -> ColumnElement[bool]:
    return and_(Message.user_id == user_id, Message.conversation_id == conversation_id)


def _part(user_id: UUID, conversation_id: UUID, bounds: Bounds) -> Any:
    part = select(*MESSAGE_COLUMNS).where(_is_in(user_id, conversation_id)).limit(bounds.limit)
    if bounds.before_id is not None:
        part = part.where(tuple_(*PLACE) < _place_of(user_id, conversation_id, bounds.before_id))
    if bounds.after_id is not None:
        part = part.where(tuple_(*PLACE) > _place_of(user_id, conversation_id, bounds.after_id))
    if bounds.upwards:
        return part.order_by(*PLACE)
    return part.order_by(*(column.desc() for column in PLACE))


def _place_of(user_id: UUID, conversation_id: UUID, message_id: UUID) -> Any:
    """Where a message stands; nowhere, so that nothing is before or after it, when it is absent."""
    anchor = aliased(Message)
    columns = (anchor.turn_number, anchor.version)
    return tuple_(
        *(
            select(column)
            .where(
                anchor.user_id == user_id,
                anchor.conversation_id == conversation_id,
                anchor.id == message_id,
            )
            .scalar_subquery()
            for column in columns
        )
    )
