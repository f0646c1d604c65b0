"""Named statements on messages of others; the transaction is one of maintenance."""

from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert

from app.chat.events.models import ReceivedEvent


def remember(connection: Connection, message_id: str) -> bool:
    """Note that the message is accepted; False when it was before.

    Of two who accept it at once the second waits for the first one's commit.
    """
    statement = (
        insert(ReceivedEvent)
        .values(message_id=message_id)
        .on_conflict_do_nothing()
        .returning(ReceivedEvent.message_id)
    )
    return connection.execute(statement).first() is not None
