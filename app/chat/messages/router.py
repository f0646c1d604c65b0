"""Routes that read messages."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request

from app.chat import errors
from app.chat.messages.schemas import DEFAULT_MESSAGES, MAX_MESSAGES, MessageList
from app.chat.messages.service import MessageService
from app.core.errors import CALLER_ERRORS, responses
from app.core.guard import GuardedRoute, limited
from app.core.rate_limits import Limit
from app.core.security import CurrentPrincipal

router = APIRouter(prefix="/conversations", tags=["Messages"], route_class=GuardedRoute)


async def get_service(request: Request) -> MessageService:
    service: MessageService = request.app.state.chat.messages
    return service


Service = Annotated[MessageService, Depends(get_service)]


@router.get(
    "/{conversation_id}/messages",
    operation_id="list_messages",
    responses=responses(*CALLER_ERRORS, errors.ConversationNotFound, errors.MessageNotFound),
)
@limited(Limit.CHAT_MESSAGE_LIST)
async def list_messages(
    conversation_id: UUID,
    principal: CurrentPrincipal,
    service: Service,
    limit: Annotated[int, Query(ge=1, le=MAX_MESSAGES)] = DEFAULT_MESSAGES,
    before_id: UUID | None = None,
    after_id: UUID | None = None,
) -> MessageList:
    """The newest messages, those before a message, or those after it; oldest first.

    Each stands where it belongs in the talk, not when it came: an answer right after the message
    that it answers and the answers before it. So `after_id` of the newest message that one knows
    does not find an answer that came late to an earlier one, as with several messages at once or
    one answered again on another device. Notification `message_completed` tells of it: then read
    the newest messages again, or those after the message that it answers.
    """
    return await service.list_messages(principal, conversation_id, limit, before_id, after_id)
