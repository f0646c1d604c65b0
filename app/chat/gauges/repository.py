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
    """Values by name, as of the last measurement of each, and how old each is, in seconds."""

    values: Mapping[str, int]
    ages_s: Mapping[str, float]


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


def find_measured(connection: Connection) -> Measured:
    """Empty before the first measurement."""
    age = func.extract("epoch", func.now() - GaugeRow.measured_at)
    rows = connection.execute(select(GaugeRow.name, GaugeRow.value, age.label("age_s"))).all()
    values = {row.name: row.value for row in rows}
    return Measured(values, {row.name: max(0.0, float(row.age_s)) for row in rows})
