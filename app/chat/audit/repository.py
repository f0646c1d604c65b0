"""The audit row of a change, written by the statement that changes."""

from typing import Any
from uuid import UUID

from sqlalchemy import CTE, Uuid, insert, literal, select

from app.chat.audit.entry import Act
from app.chat.audit.models import AuditEntry


def audited(changed: CTE, user_id: UUID, act: Act, touched: Any) -> CTE:
    """Inserts a row for each row of `changed`; `touched` is the SQL text that names the object.

    Goes into the statement that reads `changed`: `select(...).add_cte(audited(...))`.
    """
    row = select(
        literal(user_id, Uuid),
        literal(act.actor.value),
        literal(act.action.value),
        touched,
        literal(act.request_id),
    ).select_from(changed)
    columns = ["user_id", "actor", "action", "object", "request_id"]
    return insert(AuditEntry).from_select(columns, row).cte("audited")
