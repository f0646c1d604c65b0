"""Tables of what answers have cost."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Numeric, String, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from app.chat.columns import SCHEMA, Now, Owner, RandomId, Timestamp, indexes, of_own_conversation
from app.core.database import Base


class UsageTracking(Base):
    """One row for each answer of a model, with what those took that failed before it;
    `cost_credits` in US dollars, free models add 0. Of an answer without a word the message is the
    person's.
    """

    __tablename__ = "usage_tracking"

    id: Mapped[RandomId]
    conversation_id: Mapped[UUID] = mapped_column(Uuid)
    message_id: Mapped[UUID] = mapped_column(
        ForeignKey(f"{SCHEMA}.messages.id", name="fk_usage_tracking_message_id", ondelete="CASCADE")
    )
    model_used: Mapped[str] = mapped_column(String(100))
    prompt_tokens: Mapped[int] = mapped_column(server_default=text("0"))
    completion_tokens: Mapped[int] = mapped_column(server_default=text("0"))
    total_tokens: Mapped[int] = mapped_column(server_default=text("0"))
    cost_credits: Mapped[Decimal] = mapped_column(Numeric(10, 6), server_default=text("0"))
    is_free_model: Mapped[bool] = mapped_column(server_default=text("false"))
    processing_time_ms: Mapped[int | None]
    created_at: Mapped[Now]
    user_id: Mapped[Owner]

    __table_args__ = (
        of_own_conversation("usage_tracking"),
        *indexes(
            "usage_tracking",
            ["conversation_id"],
            ["created_at"],
            ["message_id"],
            ["user_id", "created_at"],
        ),
        {"schema": SCHEMA},
    )


class ErasedUsage(Base):
    """What a person had used in a month when they erased their talks: one number, so that erasing
    does not fill up the month's budget. `month` is its first moment in UTC.
    """

    __tablename__ = "erased_usage"

    user_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    month: Mapped[datetime] = mapped_column(Timestamp)
    total_tokens: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (*indexes("erased_usage", ["month"]), {"schema": SCHEMA})
