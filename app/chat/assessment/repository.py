"""Named statements on the conversation about a result; the owner comes first in each.

One for each user and assessment, deleted ones included: a unique index decides who opens it.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, case, func, literal, select, text, update
from sqlalchemy.dialects.postgresql import JSONB, insert

from app.chat.audit.entry import Act
from app.chat.audit.models import Action, AuditEntry
from app.chat.conversations.models import ContextType, Conversation, ConversationStatus
from app.chat.conversations.repository import (
    CONVERSATION_COLUMNS,
    IS_THERE,
    ConversationRow,
    conversation_of,
)
from app.chat.messages.models import ContentType, Message, SenderType
from app.chat.messages.repository import MESSAGE_COLUMNS, WELCOME_TYPE, MessageRow
from app.users.models import User


@dataclass(frozen=True, slots=True)
class Found:
    """A conversation, also a deleted one; `is_empty` when nobody has said a word in it."""

    conversation: ConversationRow
    is_empty: bool

    @property
    def is_deleted(self) -> bool:
        return self.conversation.status is ConversationStatus.DELETED


@dataclass(frozen=True, slots=True)
class WelcomeMessage:
    """What is stored of a welcome; `model_used` is None when no model was asked for it."""

    content: str
    metadata: Mapping[str, Any]
    model_used: str | None
    prompt_tokens: int
    completion_tokens: int
    cost_credits: Decimal
    is_free_model: bool


def find_of_assessment(
    connection: Connection, user_id: UUID, assessment_id: str, *, lock: bool = False
) -> Found | None:
    """`lock`: it then changes only by this transaction."""
    statement = select(*CONVERSATION_COLUMNS, Conversation.last_turn_number).where(
        Conversation.user_id == user_id, Conversation.assessment_id == assessment_id
    )
    row = connection.execute(statement.with_for_update() if lock else statement).first()
    conversation = conversation_of(row)
    if row is None or conversation is None:
        return None
    return Found(conversation, row.last_turn_number == 0)


def has_erased_since(connection: Connection, user_id: UUID, moment: datetime) -> bool:
    """Whether the person has had all that they said here erased after that."""
    statement = (
        select(AuditEntry.id)
        .where(
            AuditEntry.user_id == user_id,
            AuditEntry.action == Action.ERASE,
            AuditEntry.created_at > moment,
        )
        .limit(1)
    )
    return connection.execute(statement).first() is not None


def insert_of_assessment(
    connection: Connection,
    user_id: UUID,
    assessment_id: str,
    title: str,
    context_data: Mapping[str, Any],
) -> ConversationRow | None:
    """None when it is there already (waiting for whoever is opening it), or the user is gone."""
    owner = select(
        User.id,
        literal(title),
        literal(ContextType.ASSESSMENT.value),
        literal(context_data, JSONB),
        literal(assessment_id),
    ).where(User.id == user_id, User.deleted_at.is_(None))
    columns = ["user_id", "title", "context_type", "context_data", "assessment_id"]
    statement = (
        insert(Conversation)
        .from_select(columns, owner)
        .on_conflict_do_nothing(
            index_elements=["user_id", "assessment_id"],
            index_where=text("assessment_id IS NOT NULL"),
        )
        .returning(*CONVERSATION_COLUMNS)
    )
    return conversation_of(connection.execute(statement).first())


def renew(
    connection: Connection,
    user_id: UUID,
    conversation_id: UUID,
    title: str,
    context_data: Mapping[str, Any],
) -> ConversationRow | None:
    """Give it this title and the context of today, and bring it back when it was deleted."""
    statement = (
        update(Conversation)
        .where(Conversation.user_id == user_id, Conversation.id == conversation_id)
        .values(
            title=title,
            context_data=context_data,
            status=case(
                (IS_THERE, Conversation.status), else_=literal(ConversationStatus.ACTIVE.value)
            ),
            updated_at=func.now(),
        )
        .returning(*CONVERSATION_COLUMNS)
    )
    return conversation_of(connection.execute(statement).first())


WELCOME = text(
    """
    WITH talk AS (
        UPDATE chat.conversations
        SET last_turn_number = last_turn_number + 1, updated_at = now()
        WHERE user_id = :user_id AND id = :conversation_id
        RETURNING id, user_id, last_turn_number
    ), m AS (
        INSERT INTO chat.messages (conversation_id, user_id, sender_type, content, metadata,
            turn_number, version)
        SELECT id, user_id, 'assistant', :content, CAST(:metadata AS jsonb), last_turn_number, 1
        FROM talk
        RETURNING id, conversation_id, user_id
    )
    INSERT INTO chat.usage_tracking (conversation_id, user_id, message_id, model_used,
        prompt_tokens, completion_tokens, total_tokens, cost_credits, is_free_model)
    SELECT conversation_id, user_id, id, :model_used, :prompt_tokens, :completion_tokens,
        :prompt_tokens + :completion_tokens, :cost_credits, :is_free_model
    FROM m
    WHERE CAST(:model_used AS text) IS NOT NULL
    """
).bindparams(bindparam("metadata", type_=JSONB))


def add_welcome(
    connection: Connection, user_id: UUID, conversation_id: UUID, welcome: WelcomeMessage
) -> None:
    """As the advisor's next turn, with what it took."""
    values = {"user_id": user_id, "conversation_id": conversation_id, **asdict(welcome)}
    connection.execute(WELCOME, values)


def find_welcome(connection: Connection, user_id: UUID, conversation_id: UUID) -> MessageRow | None:
    """The newest welcome of a conversation."""
    row = connection.execute(
        select(*MESSAGE_COLUMNS)
        .where(
            Message.user_id == user_id,
            Message.conversation_id == conversation_id,
            Message.details["type"].astext == WELCOME_TYPE,
        )
        .order_by(Message.turn_number.desc(), Message.version.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    members = {**row._mapping}  # the columns' labels are the members' names
    kinds = {
        "sender_type": SenderType(row.sender_type),
        "content_type": ContentType(row.content_type),
    }
    return MessageRow(**{**members, **kinds})


NOTE = text(
    """
    INSERT INTO chat.audit_log (user_id, actor, action, object, request_id)
    VALUES (:user_id, :actor, :action, 'conversation:' || CAST(:conversation_id AS text),
        :request_id)
    """
)


def note(connection: Connection, user_id: UUID, conversation_id: UUID, act: Act) -> None:
    """Who did what with the conversation."""
    values = {"user_id": user_id, "conversation_id": conversation_id, **asdict(act)}
    connection.execute(NOTE, values)
