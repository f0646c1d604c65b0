"""What creates and changes a conversation, and what it looks like from outside."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator

from app.chat.conversations import cursor
from app.chat.conversations.models import ContextType, ConversationStatus
from app.chat.fields import ContextData, Metadata, Title
from app.chat.messages.schemas import MessageItem
from app.core.fields import Input, Output

NOTHING_TO_CHANGE = "Tidak ada yang diubah. Kirim title, status, atau metadata."


class CreateConversation(Input):
    title: Title | None = None
    context_type: ContextType = ContextType.GENERAL
    context_data: ContextData | None = None


class UpdateConversation(Input):
    """What is given is changed; `metadata` is replaced as a whole, null empties it."""

    title: Title | None = None
    status: ConversationStatus | None = None
    metadata: Metadata | None = None

    @property
    def changes(self) -> dict[str, Any]:
        given = {name: getattr(self, name) for name in self.model_fields_set}
        return {
            key: value for key, value in given.items() if value is not None or key == "metadata"
        }

    @model_validator(mode="after")
    def _changes_something(self) -> "UpdateConversation":
        if not self.changes:
            raise ValueError(NOTHING_TO_CHANGE)
        return self


class CreatedConversation(Output):
    id: UUID
    title: str
    context_type: ContextType
    created_at: datetime


class ConversationItem(Output):
    """A conversation in a list. `assessment_id` is the session token of the run it is about."""

    id: UUID
    title: str
    context_type: ContextType
    status: ConversationStatus
    metadata: dict[str, Any] | None
    assessment_id: str | None
    created_at: datetime
    updated_at: datetime


class ConversationDetail(ConversationItem):
    context_data: dict[str, Any] | None


class ConversationPagination(Output):
    """`next_cursor` is null on the last page."""

    limit: int
    offset: int
    has_more: bool
    next_cursor: str | None


class ConversationList(Output):
    """Newest activity first; `total` counts all that the filter lets through."""

    conversations: list[ConversationItem]
    total: int
    pagination: ConversationPagination


class ConversationWithMessages(Output):
    """The newest 50 messages, oldest first."""

    conversation: ConversationDetail
    messages: list[MessageItem]


class Suggestions(Output):
    """Questions that the person may want to ask."""

    suggestions: list[str]


class DeletedConversations(Output):
    """How many conversations are gone."""

    deleted: int


DEFAULT_PAGE = 20
MAX_PAGE = 100
PageLimit = Annotated[int, Field(ge=1, le=MAX_PAGE)]
PageOffset = Annotated[int, Field(ge=0, le=1_000_000)]
PageCursor = Annotated[str, Field(max_length=100), AfterValidator(cursor.checked)]
