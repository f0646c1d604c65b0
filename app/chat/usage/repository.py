"""Named statements on what was used; the owner comes first in each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    BindParameter,
    ColumnElement,
    Connection,
    and_,
    func,
    literal_column,
    select,
    text,
)

from app.chat.conversations.repository import (
    CallerAndConversation,
    conversation_of,
    owned_conversation,
)
from app.chat.messages.models import Message
from app.chat.usage.models import ErasedUsage, UsageTracking
from app.users.caller import Caller
from app.users.models import User
from app.users.repository import CALLER_COLUMNS, caller_of

MAX_BREAKDOWN = 100
Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class UsageTotals:
    """`models`: one document for each model with `model` and its sums."""

    caller: Caller | None
    conversations_count: int
    messages_count: int
    models: Sequence[Document]


@dataclass(frozen=True, slots=True)
class UsageOfConversation:
    """`answers`: the newest MAX_BREAKDOWN, newest first."""

    found: CallerAndConversation
    models: Sequence[Document]
    answers: Sequence[Document]


def find_totals(
    connection: Connection, user_id: UUID, since: datetime, until: datetime
) -> UsageTotals:
    """Caller and sums from `since` (inclusive) to `until` (exclusive), in one statement."""
    said = and_(Message.user_id == user_id, Message.created_at >= since, Message.created_at < until)
    used = and_(
        UsageTracking.user_id == user_id,
        UsageTracking.created_at >= since,
        UsageTracking.created_at < until,
    )
    talks = select(func.count(Message.conversation_id.distinct())).where(said)
    messages = select(func.count()).select_from(Message).where(said)
    row = connection.execute(
        select(
            *CALLER_COLUMNS,
            talks.scalar_subquery().label("conversations_count"),
            messages.scalar_subquery().label("messages_count"),
            _by_model(used).label("models"),
        ).where(User.id == user_id, User.deleted_at.is_(None))
    ).first()
    if row is None:
        return UsageTotals(None, 0, 0, [])
    return UsageTotals(
        caller_of(row), row.conversations_count, row.messages_count, row.models or []
    )


def find_of_conversation(
    connection: Connection, user_id: UUID, conversation_id: UUID
) -> UsageOfConversation:
    """Caller, own conversation and what it has used, in one statement."""
    used = and_(UsageTracking.user_id == user_id, UsageTracking.conversation_id == conversation_id)
    newest = (
        select(
            UsageTracking.message_id,
            UsageTracking.model_used.label("model"),
            UsageTracking.prompt_tokens,
            UsageTracking.completion_tokens,
            UsageTracking.total_tokens,
            UsageTracking.cost_credits.label("cost"),
            UsageTracking.is_free_model,
            UsageTracking.processing_time_ms,
            UsageTracking.created_at,
        )
        .where(used)
        .order_by(UsageTracking.created_at.desc(), UsageTracking.id.desc())
        .limit(MAX_BREAKDOWN)
        .subquery("newest")
    )
    answers = select(func.json_agg(literal_column("newest"), type_=JSON)).select_from(newest)
    row = connection.execute(
        owned_conversation(
            user_id,
            conversation_id,
            _by_model(used).label("models"),
            answers.scalar_subquery().label("answers"),
        )
    ).first()
    found = CallerAndConversation(caller_of(row), conversation_of(row))
    if row is None:
        return UsageOfConversation(found, [], [])
    return UsageOfConversation(found, row.models or [], row.answers or [])


UNANSWERED = text(
    """
    INSERT INTO chat.usage_tracking (id, conversation_id, user_id, message_id, model_used,
        prompt_tokens, completion_tokens, total_tokens, cost_credits, is_free_model,
        processing_time_ms)
    SELECT :id, conversation_id, user_id, id, :model_used, :prompt_tokens, :completion_tokens,
        :prompt_tokens + :completion_tokens, :cost_credits, :is_free_model, :processing_time_ms
    FROM chat.messages WHERE user_id = :user_id AND id = :message_id
    ON CONFLICT (id) DO NOTHING
    """
)


def add_unanswered(
    connection: Connection, user_id: UUID, message_id: UUID, took: Mapping[str, Any]
) -> None:
    """What was taken by an answer of which nobody saw a word, as a row of the message that it was
    to answer; nothing when that is gone. By its id, doing it twice is doing it once.
    """
    connection.execute(UNANSWERED, {**took, "user_id": user_id, "message_id": message_id})


def tokens_since(
    user_id: UUID | BindParameter[UUID], since: datetime | BindParameter[datetime]
) -> ColumnElement[int]:
    """What counts for the budget from then on, erased talks included."""
    used = select(func.coalesce(func.sum(UsageTracking.total_tokens), 0)).where(
        UsageTracking.user_id == user_id, UsageTracking.created_at >= since
    )
    erased = select(func.coalesce(func.sum(ErasedUsage.total_tokens), 0)).where(
        ErasedUsage.user_id == user_id, ErasedUsage.month >= since
    )
    return used.scalar_subquery() + erased.scalar_subquery()


def _by_model(used: ColumnElement[bool]) -> Any:
    sums = (
        select(
            UsageTracking.model_used.label("model"),
            func.count().label("answers"),
            func.sum(UsageTracking.prompt_tokens).label("prompt_tokens"),
            func.sum(UsageTracking.completion_tokens).label("completion_tokens"),
            func.sum(UsageTracking.total_tokens).label("total_tokens"),
            func.sum(UsageTracking.cost_credits).label("cost"),
        )
        .where(used)
        .group_by(UsageTracking.model_used)
        .order_by(UsageTracking.model_used)
        .subquery("sums")
    )
    listed = select(func.json_agg(literal_column("sums"), type_=JSON)).select_from(sums)
    return listed.scalar_subquery()
