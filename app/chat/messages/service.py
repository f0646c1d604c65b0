"""Reading what was said in a conversation."""

from uuid import UUID

from app.chat.conversations.access import open_conversation
from app.chat.errors import MessageNotFound
from app.chat.messages import repository
from app.chat.messages.repository import Bounds, MessageRow
from app.chat.messages.schemas import MessageItem, MessageList, MessagePagination
from app.chat.row_security import acting_for
from app.core.database import Database
from app.core.security import Principal
from app.users.caller import Admission


class MessageService:
    """Use cases that read messages."""

    def __init__(self, database: Database, admission: Admission) -> None:
        self._database = database
        self._admission = admission

    async def list_messages(
        self,
        principal: Principal,
        conversation_id: UUID,
        limit: int,
        before_id: UUID | None,
        after_id: UUID | None,
    ) -> MessageList:
        """The newest of a conversation, or those just before or after a message, oldest first.

        Raises ConversationNotFound, and MessageNotFound for a message that is not in it.
        """
        bounds = Bounds(limit + 1, before_id, after_id)
        page = await self._database.read(
            lambda c: repository.list_messages(c, principal.user_id, conversation_id, bounds),
            acting_for(principal.user_id),
        )
        open_conversation(page.found, self._admission)
        if page.anchors_found < len(bounds.anchors):
            raise MessageNotFound
        # The one too many lies at the far end of the page.
        shown = page.messages[:limit] if bounds.upwards else page.messages[-limit:]
        return MessageList(
            messages=[item_of(message) for message in shown],
            pagination=MessagePagination(
                limit=limit,
                has_more=len(page.messages) > limit,
                oldest_id=shown[0].id if shown else None,
                newest_id=shown[-1].id if shown else None,
            ),
        )


def item_of(message: MessageRow) -> MessageItem:
    return MessageItem(
        id=message.id,
        conversation_id=message.conversation_id,
        sender_type=message.sender_type,
        content=message.content,
        content_type=message.content_type,
        metadata=None if message.metadata is None else dict(message.metadata),
        parent_message_id=message.parent_message_id,
        turn_number=message.turn_number,
        version=message.version,
        created_at=message.created_at,
    )
