"""Named statements on what is counted over all users."""

from sqlalchemy import Connection, func, literal, select
from sqlalchemy.dialects.postgresql import insert

from app.chat.conversations.models import Conversation, ConversationStatus
from app.chat.gauges.models import GaugeRow

CONVERSATIONS_ACTIVE = "conversations_active"


def measure_conversations(connection: Connection) -> None:
    """Count the active conversations of all; for maintenance, a user would count their own."""
    count = select(literal(CONVERSATIONS_ACTIVE), func.count()).where(
        Conversation.status == ConversationStatus.ACTIVE
    )
    measured = insert(GaugeRow).from_select(["name", "value"], count)
    connection.execute(
        measured.on_conflict_do_update(
            index_elements=["name"],
            set_={"value": measured.excluded.value, "measured_at": func.now()},
        )
    )


def find_conversations_active(connection: Connection) -> int:
    """As of the last measurement; 0 before the first."""
    statement = select(GaugeRow.value).where(GaugeRow.name == CONVERSATIONS_ACTIVE)
    return connection.execute(statement).scalar() or 0
