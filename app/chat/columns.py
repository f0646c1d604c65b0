"""Column types and keys that the chat's tables share."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKeyConstraint,
    Index,
    Uuid,
    func,
    text,
)
from sqlalchemy.orm import mapped_column
from sqlalchemy.sql.naming import conv

SCHEMA = "chat"
Timestamp = DateTime(timezone=True)
RandomId = Annotated[
    UUID, mapped_column(Uuid, primary_key=True, server_default=text("gen_random_uuid()"))
]
BigId = Annotated[int, mapped_column(BigInteger, primary_key=True)]
Owner = Annotated[UUID, mapped_column(Uuid)]
Now = Annotated[datetime, mapped_column(Timestamp, server_default=func.now())]


def one_of(table: str, column: str, values: type[StrEnum]) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=conv(f"{table}_{column}_check"))


def of_own_conversation(table: str) -> ForeignKeyConstraint:
    """The key carries the owner along, so that a row can never point into another's talk."""
    return ForeignKeyConstraint(
        ["conversation_id", "user_id"],
        [f"{SCHEMA}.conversations.id", f"{SCHEMA}.conversations.user_id"],
        name=f"fk_{table}_conversation_id",
        ondelete="CASCADE",
    )


def indexes(table: str, *columns: Iterable[str]) -> tuple[Index, ...]:
    """An index for each group of columns, named after table and columns."""
    return tuple(Index(f"idx_{table}_{'_'.join(group)}", *group) for group in columns)
