"""Tables of people and money that Go owns. Read-only here, except where a statement says so."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, DateTime, ForeignKey, String, Text, Uuid, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import GoBase

Timestamp = DateTime(timezone=True)
RANDOM_UUID = text("gen_random_uuid()")


class User(GoBase):
    __tablename__ = "users"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, server_default=RANDOM_UUID)
    fullname: Mapped[str | None] = mapped_column(String(255))
    email: Mapped[str | None] = mapped_column(String(255), unique=True)
    role: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime | None] = mapped_column(Timestamp, server_default=func.now())
    deleted_at: Mapped[datetime | None] = mapped_column(Timestamp)


class Membership(GoBase):
    __tablename__ = "memberships"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    is_active: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    expired_at: Mapped[datetime | None] = mapped_column(Timestamp)
    deleted_at: Mapped[datetime | None] = mapped_column(Timestamp)


class TokenWallet(GoBase):
    __tablename__ = "token_wallet"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, server_default=RANDOM_UUID)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    balance: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    updated_at: Mapped[datetime | None] = mapped_column(Timestamp, server_default=func.now())


class TokenLedger(GoBase):
    __tablename__ = "token_ledger"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, server_default=RANDOM_UUID)
    occurred_at: Mapped[datetime | None] = mapped_column(Timestamp, server_default=func.now())
    wallet_id: Mapped[UUID] = mapped_column(ForeignKey("token_wallet.id"), index=True)
    direction: Mapped[str] = mapped_column(String(3))
    amount: Mapped[int] = mapped_column(BigInteger)
    balance_before: Mapped[int] = mapped_column(BigInteger)
    balance_after: Mapped[int] = mapped_column(BigInteger)
    source_type: Mapped[str | None] = mapped_column(String(50))
    source_id: Mapped[int | None] = mapped_column(BigInteger)
    reference_id: Mapped[str | None] = mapped_column(String(100))
    description: Mapped[str | None] = mapped_column(Text)
    ledger_metadata: Mapped[Any | None] = mapped_column("metadata", JSONB)
    operator_id: Mapped[UUID | None] = mapped_column(Uuid)
    created_at: Mapped[datetime | None] = mapped_column(Timestamp, server_default=func.now())
    ref: Mapped[str | None] = mapped_column(String(100))


class KenaliDiriCategory(GoBase):
    __tablename__ = "kenalidiri_categories"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    category_code: Mapped[str] = mapped_column(String(50), unique=True)
    category_name: Mapped[str] = mapped_column(String(255))
    description: Mapped[str | None] = mapped_column(Text)
    detail_table_name: Mapped[str] = mapped_column(String(100))
    is_active: Mapped[bool | None] = mapped_column(Boolean, server_default=text("true"))
    created_at: Mapped[datetime | None] = mapped_column(Timestamp, server_default=func.now())
