"""Table of notifications: what a user who is offline must not miss."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.chat.columns import SCHEMA, BigId, Now, Owner, Timestamp, indexes
from app.core.database import Base


class NotificationRow(Base):
    """`delivered_at` is NULL until a stream has sent it."""

    __tablename__ = "notifications"

    id: Mapped[BigId]
    user_id: Mapped[Owner]
    stage: Mapped[str] = mapped_column(String(50))
    payload: Mapped[Any] = mapped_column(JSONB)
    created_at: Mapped[Now]
    delivered_at: Mapped[datetime | None] = mapped_column(Timestamp)

    __table_args__ = (
        *indexes("notifications", ["user_id", "id"], ["created_at"]),
        # Few wait, however long somebody has been with us.
        Index(
            "idx_notifications_waiting",
            "user_id",
            "id",
            postgresql_where=text("delivered_at IS NULL"),
        ),
        {"schema": SCHEMA},
    )
