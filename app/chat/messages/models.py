"""Table of messages."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, SmallInteger, String, Text, UniqueConstraint, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.chat.columns import SCHEMA, Now, Owner, RandomId, indexes, of_own_conversation, one_of
from app.core.database import Base


class SenderType(StrEnum):
    USER = "user"
    ASSISTANT = "assistant"
    SYSTEM = "system"


class ContentType(StrEnum):
    TEXT = "text"
    IMAGE = "image"
    FILE = "file"


class Message(Base):
    """A line of a talk, in its place: turns count up, and within a turn the versions.

    Version 0 is what opens the turn (a person's message), 1 the answer to it, 2 and more are
    answers that were generated again; the highest one counts, whole ones before those that broke
    off, the others are kept. A turn that the advisor opens by itself (the welcome) has a version 1
    only. An answer's parent is the message that it answers.
    """

    __tablename__ = "messages"

    id: Mapped[RandomId]
    conversation_id: Mapped[UUID] = mapped_column(Uuid)
    sender_type: Mapped[str] = mapped_column(String(20))
    content: Mapped[str] = mapped_column(Text)
    content_type: Mapped[str] = mapped_column(String(20), server_default="text")
    details: Mapped[Any | None] = mapped_column("metadata", JSONB(none_as_null=True))
    parent_message_id: Mapped[UUID | None] = mapped_column(
        ForeignKey(
            f"{SCHEMA}.messages.id", name="fk_messages_parent_message_id", ondelete="SET NULL"
        )
    )
    created_at: Mapped[Now]
    user_id: Mapped[Owner]
    turn_number: Mapped[int]
    version: Mapped[int] = mapped_column(SmallInteger)

    __table_args__ = (
        UniqueConstraint(
            "conversation_id", "turn_number", "version", name="uq_messages_conversation_id_turn"
        ),
        of_own_conversation("messages"),
        one_of("messages", "sender_type", SenderType),
        one_of("messages", "content_type", ContentType),
        *indexes(
            "messages",
            ["conversation_id"],
            ["created_at"],
            ["sender_type"],
            ["parent_message_id"],
            ["user_id", "created_at"],
        ),
        {"schema": SCHEMA},
    )
