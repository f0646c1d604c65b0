"""Named reads of the users that Go owns; a soft-deleted user does not exist for us."""

from typing import Any
from uuid import UUID

from sqlalchemy import Connection, exists, func, or_, select

from app.users.caller import Caller
from app.users.models import Membership, User

CALLER_COLUMNS = (
    User.id.label("caller_id"),
    func.coalesce(User.fullname, "").label("caller_name"),
    func.coalesce(User.role, "").label("caller_role"),
    exists()
    .where(
        Membership.user_id == User.id,
        Membership.is_active,
        Membership.deleted_at.is_(None),
        or_(Membership.expired_at.is_(None), Membership.expired_at > func.now()),
    )
    .label("caller_is_member"),
)


def caller_of(row: Any) -> Caller | None:
    """The caller in a row that selected CALLER_COLUMNS."""
    if row is None:
        return None
    return Caller(row.caller_id, row.caller_name, row.caller_role, row.caller_is_member)


def find_caller(connection: Connection, user_id: UUID) -> Caller | None:
    statement = select(*CALLER_COLUMNS).where(User.id == user_id, User.deleted_at.is_(None))
    return caller_of(connection.execute(statement).first())
