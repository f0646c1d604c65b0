"""The statement that forgets what a person has said."""

from uuid import UUID

from sqlalchemy import Connection, delete, func, literal, select

from app.chat.audit.entry import Act
from app.chat.audit.repository import audited
from app.chat.conversations.models import Conversation
from app.chat.notifications.models import NotificationRow


def erase(connection: Connection, user_id: UUID, act: Act) -> int:
    """Deletes conversations, with messages and usage, and notifications; tells how many talks.

    The audit log stays: it has no content, and says that and when this was done.
    """
    talks = delete(Conversation).where(Conversation.user_id == user_id).returning(Conversation.id)
    notices = delete(NotificationRow).where(NotificationRow.user_id == user_id).cte("notices")
    gone = talks.cte("gone")
    counted = select(func.count().label("talks")).select_from(gone).cte("counted")
    touched = literal(f"user:{user_id}")
    statement = (
        select(counted.c.talks).add_cte(notices).add_cte(audited(counted, user_id, act, touched))
    )
    return int(connection.execute(statement).scalar_one())
