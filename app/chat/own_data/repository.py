"""The statements that forget what a person has said."""

from typing import Final
from uuid import UUID

from sqlalchemy import CTE, Connection, case, delete, func, literal, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.types import Uuid

from app.chat.audit.entry import Act
from app.chat.audit.models import AuditEntry
from app.chat.audit.repository import audited
from app.chat.conversations.models import Conversation
from app.chat.notifications.models import NotificationRow
from app.chat.usage.models import ErasedUsage, UsageTracking

# 7404: namespace of the advisory locks that order erasing and opening.
LOCK: Final = text("SELECT pg_advisory_xact_lock(7404, hashtext(:user_id))")

# Messages and usage go with their conversation.
EVERYTHING: Final = {
    "conversations": Conversation.user_id,
    "notifications": NotificationRow.user_id,
    "sums of usage": ErasedUsage.user_id,
    "audit entries": AuditEntry.user_id,
}


def take_turns(connection: Connection, user_id: UUID) -> None:
    """Until the commit, nobody else erases this user's chat or opens a conversation for them.

    A job looks for an erasure, finds none, and opens; the person's erasure commits in between, and
    has not seen what is not committed yet: the conversation would be there after all was erased.
    """
    connection.execute(LOCK, {"user_id": str(user_id)})


def erase(connection: Connection, user_id: UUID, act: Act) -> int:
    """Deletes conversations, with messages and usage, and notifications; tells how many talks.

    The audit log stays: it has no content, and says that and when this was done. So does the sum
    of this month's tokens, for its budget.
    """
    take_turns(connection, user_id)
    talks = delete(Conversation).where(Conversation.user_id == user_id).returning(Conversation.id)
    notices = delete(NotificationRow).where(NotificationRow.user_id == user_id).cte("notices")
    gone = talks.cte("gone")
    counted = select(func.count().label("talks")).select_from(gone).cte("counted")
    touched = literal(f"user:{user_id}")
    statement = (
        select(counted.c.talks)
        .add_cte(notices)
        .add_cte(_kept_sum(user_id))
        .add_cte(audited(counted, user_id, act, touched))
    )
    return int(connection.execute(statement).scalar_one())


def erase_everything(connection: Connection, user_id: UUID) -> dict[str, int]:
    """Deletes every row of the chat that is this user's; how many of what."""
    take_turns(connection, user_id)
    return {
        name: connection.execute(delete(owner.class_).where(owner == user_id)).rowcount
        for name, owner in EVERYTHING.items()
    }


def _kept_sum(user_id: UUID) -> CTE:
    """Adds what is about to go to the sum of this month; that of an earlier one is replaced."""
    month = func.date_trunc("month", func.now(), "UTC")
    used = (
        select(literal(user_id, Uuid), month, func.sum(UsageTracking.total_tokens))
        .where(UsageTracking.user_id == user_id, UsageTracking.created_at >= month)
        .having(func.sum(UsageTracking.total_tokens) > 0)
    )
    kept = insert(ErasedUsage).from_select(["user_id", "month", "total_tokens"], used)
    new = kept.excluded
    before = case((ErasedUsage.month == new.month, ErasedUsage.total_tokens), else_=0)
    return kept.on_conflict_do_update(
        index_elements=[ErasedUsage.user_id],
        set_={"month": new.month, "total_tokens": before + new.total_tokens},
    ).cte("kept")
