"""Routes of conversations."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request

from app.chat import errors
from app.chat.conversations.models import ConversationStatus
from app.chat.conversations.schemas import (
    DEFAULT_PAGE,
    ConversationDetail,
    ConversationList,
    ConversationWithMessages,
    CreateConversation,
    CreatedConversation,
    DeletedConversations,
    PageCursor,
    PageLimit,
    PageOffset,
    Suggestions,
    UpdateConversation,
)
from app.chat.conversations.service import ConversationService
from app.core.errors import CALLER_ERRORS, responses
from app.core.guard import GuardedRoute, limited
from app.core.rate_limits import Limit
from app.core.security import CurrentPrincipal

router = APIRouter(prefix="/conversations", tags=["Conversations"], route_class=GuardedRoute)


async def get_service(request: Request) -> ConversationService:
    service: ConversationService = request.app.state.chat.conversations
    return service


Service = Annotated[ConversationService, Depends(get_service)]
OWN = responses(*CALLER_ERRORS, errors.ConversationNotFound)


@router.post(
    "",
    operation_id="create_conversation",
    status_code=201,
    responses=responses(*CALLER_ERRORS),
)
@limited(Limit.CHAT_CONVERSATION_CREATE)
async def create_conversation(
    body: CreateConversation, principal: CurrentPrincipal, service: Service
) -> CreatedConversation:
    """Open a conversation. Without a title, the first message gives it one."""
    return await service.create(principal, body)


@router.get("", operation_id="list_conversations", responses=responses(*CALLER_ERRORS))
@limited(Limit.CHAT_CONVERSATION_LIST)
async def list_conversations(
    principal: CurrentPrincipal,
    service: Service,
    status: ConversationStatus | None = None,
    cursor: PageCursor | None = None,
    offset: PageOffset = 0,
    limit: PageLimit = DEFAULT_PAGE,
) -> ConversationList:
    """The caller's conversations, newest activity first; all but deleted ones by default.

    `cursor` goes on after a page and is stronger than `offset`.
    """
    return await service.list_conversations(principal, status, cursor, offset, limit)


@router.get("/{conversation_id}", operation_id="get_conversation", responses=OWN)
@limited(Limit.CHAT_CONVERSATION_READ)
async def get_conversation(
    conversation_id: UUID, principal: CurrentPrincipal, service: Service
) -> ConversationWithMessages:
    """A conversation with its newest 50 messages, oldest first."""
    return await service.read(principal, conversation_id)


@router.put("/{conversation_id}", operation_id="update_conversation", responses=OWN)
@limited(Limit.CHAT_CONVERSATION_UPDATE)
async def update_conversation(
    conversation_id: UUID,
    body: UpdateConversation,
    principal: CurrentPrincipal,
    service: Service,
) -> ConversationDetail:
    """Change title, status or metadata."""
    return await service.update(principal, conversation_id, body)


@router.delete("/{conversation_id}", operation_id="delete_conversation", responses=OWN)
@limited(Limit.CHAT_CONVERSATION_DELETE)
async def delete_conversation(
    conversation_id: UUID, principal: CurrentPrincipal, service: Service
) -> DeletedConversations:
    """Delete a conversation; it reads as absent from now on."""
    return await service.delete(principal, conversation_id)


@router.get(
    "/{conversation_id}/suggestions", operation_id="get_conversation_suggestions", responses=OWN
)
@limited(Limit.CHAT_SUGGESTIONS)
async def get_suggestions(
    conversation_id: UUID, principal: CurrentPrincipal, service: Service
) -> Suggestions:
    """Questions that the person may want to ask here."""
    return await service.suggestions(principal, conversation_id)
