"""Table of conversations."""

from enum import StrEnum
from typing import Any

from sqlalchemy import Index, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.chat.columns import SCHEMA, Now, Owner, RandomId, indexes, one_of
from app.core.database import Base


class ConversationStatus(StrEnum):
    ACTIVE = "active"
    ARCHIVED = "archived"
    DELETED = "deleted"


class ContextType(StrEnum):
    GENERAL = "general"
    ASSESSMENT = "assessment"
    CAREER_GUIDANCE = "career_guidance"


class Conversation(Base):
    """A talk of one user with the advisor.

    `assessment_id` is the session token of the career-profile run that opened it: one conversation
    for each user and run, deleted ones included. `last_turn_number` counts up under the row's lock
    and so orders parallel sends.
    """

    __tablename__ = "conversations"

    id: Mapped[RandomId]
    user_id: Mapped[Owner]
    title: Mapped[str] = mapped_column(String(255), server_default="New Conversation")
    context_type: Mapped[str] = mapped_column(String(50), server_default="general")
    context_data: Mapped[Any | None] = mapped_column(JSONB(none_as_null=True))
    status: Mapped[str] = mapped_column(String(20), server_default="active")
    details: Mapped[Any | None] = mapped_column("metadata", JSONB(none_as_null=True))
    created_at: Mapped[Now]
    updated_at: Mapped[Now]
    assessment_id: Mapped[str | None] = mapped_column(String(100))
    last_turn_number: Mapped[int] = mapped_column(server_default=text("0"))

    __table_args__ = (
        UniqueConstraint("id", "user_id", name="uq_conversations_id_user_id"),
        one_of("conversations", "status", ConversationStatus),
        one_of("conversations", "context_type", ContextType),
        *indexes("conversations", ["user_id"], ["status"], ["updated_at"]),
        Index(
            "idx_conversations_user_id_updated_at",
            "user_id",
            text("updated_at DESC"),
            text("id DESC"),
        ),
        Index(
            "uq_conversations_user_id_assessment_id",
            "user_id",
            "assessment_id",
            unique=True,
            postgresql_where=text("assessment_id IS NOT NULL"),
        ),
        {"schema": SCHEMA},
    )
