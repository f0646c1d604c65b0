"""Named statements on what is counted over all users."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.postgresql import insert

from app.chat.conversations.models import Conversation, ConversationStatus
from app.chat.gauges.models import GaugeRow

CONVERSATIONS_ACTIVE = "conversations_active"


@dataclass(frozen=True, slots=True)
class Measured:
    """Values by name, as of the last measurement of each; `age_s`: how old the newest is."""

    values: Mapping[str, int]
    age_s: float


def count_conversations(connection: Connection) -> dict[str, int]:
    """The active conversations of all; for maintenance, a user would count their own."""
    active = Conversation.status == ConversationStatus.ACTIVE
    count = connection.scalar(select(func.count()).where(active))
    return {CONVERSATIONS_ACTIVE: count or 0}


def keep(connection: Connection, counted: Mapping[str, int]) -> None:
    """In place of what was counted under these names before."""
    rows = insert(GaugeRow).values([{"name": n, "value": v} for n, v in counted.items()])
    connection.execute(
        rows.on_conflict_do_update(
            index_elements=["name"],
            set_={"value": rows.excluded.value, "measured_at": func.now()},
        )
    )


def find_measured(connection: Connection) -> Measured | None:
    """None before the first measurement."""
    age = func.extract("epoch", func.now() - GaugeRow.measured_at)
    rows = connection.execute(select(GaugeRow.name, GaugeRow.value, age.label("age_s"))).all()
    if not rows:
        return None
    values = {row.name: row.value for row in rows}
    return Measured(values, max(0.0, min(float(row.age_s) for row in rows)))
