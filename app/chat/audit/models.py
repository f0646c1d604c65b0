"""Table of who did what in the chat; no content."""

from enum import StrEnum

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.chat.columns import SCHEMA, BigId, Now, Owner, indexes
from app.core.database import Base


class Actor(StrEnum):
    USER = "user"
    SERVICE = "service"  # one of our own, by the internal key
    WORKER = "worker"


class Action(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    SEND = "send"
    REGENERATE = "regenerate"
    INITIALIZE = "initialize"
    ERASE = "erase"


class AuditEntry(Base):
    """`user_id` is whose data it was, `object` names it: `conversation:<id>`, `user:<id>`."""

    __tablename__ = "audit_log"

    id: Mapped[BigId]
    user_id: Mapped[Owner]
    actor: Mapped[str] = mapped_column(String(50))
    action: Mapped[str] = mapped_column(String(50))
    object: Mapped[str] = mapped_column(String(100))
    request_id: Mapped[str | None] = mapped_column(String(128))
    created_at: Mapped[Now]

    __table_args__ = (
        *indexes("audit_log", ["user_id", "id"], ["created_at"]),
        {"schema": SCHEMA},
    )
