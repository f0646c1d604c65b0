"""What a message looks like from outside."""

from datetime import datetime
from typing import Any
from uuid import UUID

from app.chat.messages.models import ContentType, SenderType
from app.core.fields import Output


class MessageItem(Output):
    """A line of a talk. `turn_number` counts what was said. Of the answers to one message that
    share a turn, the whole one with the highest `version` counts; only when all of them broke off
    (`metadata.is_partial`), the highest of those.
    """

    id: UUID
    conversation_id: UUID
    sender_type: SenderType
    content: str
    content_type: ContentType
    metadata: dict[str, Any] | None
    parent_message_id: UUID | None
    turn_number: int
    version: int
    created_at: datetime


class MessagePagination(Output):
    """`has_more`: further messages lie in the direction that was asked for. The next page is
    `before_id=oldest_id` or `after_id=newest_id`; both are null when the page is empty. A late
    answer to an earlier message is not after `newest_id` (see the route).
    """

    limit: int
    has_more: bool
    oldest_id: UUID | None
    newest_id: UUID | None


class MessageList(Output):
    """Oldest first."""

    messages: list[MessageItem]
    pagination: MessagePagination


DEFAULT_MESSAGES = 50
MAX_MESSAGES = 100
