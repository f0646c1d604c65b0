"""Named statements that delete what is older than it may be; the transaction is maintenance's.

Each deletes the oldest, at most so many, by an index of its own, and tells how many.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.orm import InstrumentedAttribute

from app.chat.audit.models import AuditEntry
from app.chat.conversations.models import Conversation
from app.chat.events.models import ReceivedEvent
from app.chat.messages.models import Message
from app.chat.notifications.models import NotificationRow
from app.chat.usage.models import ErasedUsage, UsageTracking
from app.core.database import Base

Purge = Callable[[Connection, datetime, int], int]


def _purge(
    table: type[Base], key: InstrumentedAttribute[Any], age: InstrumentedAttribute[datetime]
) -> Purge:
    def purge(connection: Connection, before: datetime, most: int) -> int:
        oldest = select(key).where(age < before).order_by(age).limit(most)
        # The age again: a conversation that somebody goes on with just now is not old any more.
        return connection.execute(delete(table).where(age < before, key.in_(oldest))).rowcount

    return purge


def _purge_past_sums(connection: Connection, _before: datetime, most: int) -> int:
    """However long the rest is kept: the budget of a month that is over needs no sum."""
    over = ErasedUsage.month < func.date_trunc("month", func.now(), "UTC")
    oldest = select(ErasedUsage.user_id).where(over).limit(most)
    return connection.execute(
        delete(ErasedUsage).where(over, ErasedUsage.user_id.in_(oldest))
    ).rowcount


# In this order: a conversation that goes takes its rows along, so they are gone before, in batches.
PURGES: Final[Mapping[str, Purge]] = {
    "usage": _purge(UsageTracking, UsageTracking.id, UsageTracking.created_at),
    "erased_usage": _purge_past_sums,
    "messages": _purge(Message, Message.id, Message.created_at),
    "conversations": _purge(Conversation, Conversation.id, Conversation.updated_at),
    "notifications": _purge(NotificationRow, NotificationRow.id, NotificationRow.created_at),
    "audit": _purge(AuditEntry, AuditEntry.id, AuditEntry.created_at),
    "received_events": _purge(ReceivedEvent, ReceivedEvent.message_id, ReceivedEvent.received_at),
}
