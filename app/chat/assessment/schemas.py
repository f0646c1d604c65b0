"""What is asked and told about a result and its conversation."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import StrictBool, StringConstraints

from app.chat.conversations.schemas import ConversationDetail
from app.chat.fields import Title
from app.chat.messages.schemas import MessageItem
from app.core.fields import Input, Output, SessionToken

# Why it is asked for: a word for the log.
Trigger = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,50}$")]


class FromAssessment(Input):
    """Without `assessment_id`: the newest finished one."""

    assessment_id: SessionToken | None = None
    title: Title | None = None
    auto_start_message: StrictBool = True


class AddAssessment(Input):
    assessment_id: SessionToken


class AutoInitialize(Input):
    user_id: UUID
    assessment_id: SessionToken
    trigger_source: Trigger = "assessment_complete"


class Initialize(Input):
    trigger_source: Trigger = "manual"


class ConversationFromAssessment(Output):
    """`initial_message` is the welcome; null when none was wished."""

    conversation: ConversationDetail
    initial_message: MessageItem | None
    suggestions: list[str]


class AddedContext(Output):
    """`assessment_data` is what the advisor knows from now on."""

    context_added: bool
    assessment_data: dict[str, Any]


class AssessmentReady(Output):
    """Of the newest finished assessment; `conversation_exists` counts no deleted one."""

    has_assessment: bool
    assessment_date: datetime | None
    assessment_id: str | None
    conversation_exists: bool
    conversation_id: UUID | None
    ready_for_chatbot: bool


class AutoInitialized(Output):
    """`ready` is false, without a conversation, when the person deleted it."""

    conversation_id: UUID | None
    ready: bool
    initial_suggestions: list[str]


class AssessmentConversation(Output):
    """The newest 50 messages, oldest first; nulls when there is no conversation."""

    exists: bool
    conversation: ConversationDetail | None
    messages: list[MessageItem] | None


class Initialized(Output):
    success: bool
    message: str
