"""Table of messages of others that were accepted."""

from datetime import datetime

from sqlalchemy import String, func
from sqlalchemy.orm import Mapped, mapped_column

from app.chat.columns import SCHEMA, Timestamp, indexes
from app.core.database import Base


class ReceivedEvent(Base):
    """Nobody's row: it names the message, not the person."""

    __tablename__ = "received_events"

    message_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    received_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())

    __table_args__ = (*indexes("received_events", ["received_at"]), {"schema": SCHEMA})
