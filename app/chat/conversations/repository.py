"""Named statements on conversations; the owner comes first in each.

Row level security says the same once more: a transaction that acts for nobody sees nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    Connection,
    String,
    and_,
    cast,
    func,
    insert,
    literal,
    select,
    true,
    tuple_,
    update,
)

from app.chat.audit.entry import Act
from app.chat.audit.repository import audited
from app.chat.conversations.cursor import Position
from app.chat.conversations.models import ContextType, Conversation, ConversationStatus
from app.users.caller import Caller
from app.users.models import User
from app.users.repository import CALLER_COLUMNS, caller_of


@dataclass(frozen=True, slots=True)
class ConversationRow:
    """A conversation as the services see it."""

    id: UUID
    title: str
    context_type: ContextType
    context_data: Mapping[str, Any] | None
    status: ConversationStatus
    metadata: Mapping[str, Any] | None
    assessment_id: str | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class CallerAndConversation:
    """Both None-able: an unknown user, and a conversation that is absent, deleted or not theirs."""

    caller: Caller | None
    conversation: ConversationRow | None


@dataclass(frozen=True, slots=True)
class NewConversation:
    user_id: UUID
    title: str
    context_type: ContextType
    context_data: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of the list: after a position, or else after so many. None: all but deleted."""

    status: ConversationStatus | None
    after: Position | None
    offset: int
    limit: int


@dataclass(frozen=True, slots=True)
class ConversationPage:
    caller: Caller | None
    total: int
    conversations: list[ConversationRow]


CONVERSATION_COLUMNS = (
    Conversation.id,
    Conversation.title,
    Conversation.context_type,
    Conversation.context_data,
    Conversation.status,
    Conversation.details.label("details"),
    Conversation.assessment_id,
    Conversation.created_at,
    Conversation.updated_at,
)
IS_THERE = Conversation.status != ConversationStatus.DELETED
NEWEST_FIRST = (Conversation.updated_at.desc(), Conversation.id.desc())


def conversation_of(row: Any) -> ConversationRow | None:
    """The conversation in a row that selected CONVERSATION_COLUMNS."""
    if row is None or row.id is None:
        return None
    return ConversationRow(
        row.id,
        row.title,
        ContextType(row.context_type),
        row.context_data,
        ConversationStatus(row.status),
        row.details,
        row.assessment_id,
        row.created_at,
        row.updated_at,
    )


def owned_conversation(
    user_id: UUID | BindParameter[UUID],
    conversation_id: UUID | BindParameter[UUID],
    *columns: Any,
) -> Any:
    """Caller and own conversation in one statement, for other repositories to add columns to."""
    return (
        select(*CALLER_COLUMNS, *CONVERSATION_COLUMNS, *columns)
        .select_from(User)
        .outerjoin(
            Conversation,
            and_(Conversation.user_id == User.id, Conversation.id == conversation_id, IS_THERE),
        )
        .where(User.id == user_id, User.deleted_at.is_(None))
    )


def find_owned(
    connection: Connection, user_id: UUID, conversation_id: UUID
) -> CallerAndConversation:
    row = connection.execute(owned_conversation(user_id, conversation_id)).first()
    return CallerAndConversation(caller_of(row), conversation_of(row))


def list_conversations(connection: Connection, user_id: UUID, page: Page) -> ConversationPage:
    """The caller, how many conversations the filter lets through, and a part of them."""
    shown = IS_THERE if page.status is None else Conversation.status == page.status
    mine = and_(Conversation.user_id == user_id, shown)
    part = select(*CONVERSATION_COLUMNS).where(mine).order_by(*NEWEST_FIRST).limit(page.limit)
    if page.after is None:
        part = part.offset(page.offset)
    else:
        place = tuple_(page.after.updated_at, page.after.conversation_id)
        part = part.where(tuple_(Conversation.updated_at, Conversation.id) < place)
    found = part.subquery("found")
    total = select(func.count()).select_from(Conversation).where(mine).scalar_subquery()
    rows = connection.execute(
        select(*CALLER_COLUMNS, *found.c, total.label("total"))
        .select_from(User)
        .outerjoin(found, true())
        .where(User.id == user_id, User.deleted_at.is_(None))
        .order_by(found.c.updated_at.desc(), found.c.id.desc())
    ).all()
    first = rows[0] if rows else None
    conversations = [item for row in rows if (item := conversation_of(row)) is not None]
    return ConversationPage(caller_of(first), first.total if first else 0, conversations)


def insert_conversation(connection: Connection, new: NewConversation, act: Act) -> ConversationRow:
    change = insert(Conversation).values(
        user_id=new.user_id,
        title=new.title,
        context_type=new.context_type,
        context_data=new.context_data,
    )
    row = _audited(connection, change, new.user_id, act)
    if row is None:
        raise LookupError("an insert returns its row")
    return row


def update_conversation(
    connection: Connection,
    user_id: UUID,
    conversation_id: UUID,
    changes: Mapping[str, Any],
    act: Act,
) -> ConversationRow | None:
    """Changes title, status, metadata or context; None when there is no such conversation.

    Only what is said in a conversation, or changed about it, moves it up the list.
    """
    values = {("details" if name == "metadata" else name): new for name, new in changes.items()}
    change = (
        update(Conversation)
        .where(Conversation.user_id == user_id, Conversation.id == conversation_id, IS_THERE)
        .values(**values, updated_at=func.now())
    )
    return _audited(connection, change, user_id, act)


def _audited(
    connection: Connection, change: Any, user_id: UUID, act: Act
) -> ConversationRow | None:
    """The change and its audit row in one statement."""
    changed = change.returning(*CONVERSATION_COLUMNS).cte("changed")
    touched = literal("conversation:") + cast(changed.c.id, String)
    statement = select(*changed.c).add_cte(audited(changed, user_id, act, touched))
    return conversation_of(connection.execute(statement).first())
