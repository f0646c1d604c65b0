"""Routes of a person's own chat data."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from app.chat.conversations.schemas import DeletedConversations
from app.chat.own_data.service import ChatDataService
from app.core.errors import CALLER_ERRORS, responses
from app.core.guard import GuardedRoute, limited
from app.core.rate_limits import Limit
from app.core.security import CurrentPrincipal

router = APIRouter(tags=["Own data"], route_class=GuardedRoute)


async def get_service(request: Request) -> ChatDataService:
    service: ChatDataService = request.app.state.chat.own_data
    return service


Service = Annotated[ChatDataService, Depends(get_service)]


@router.delete("/me", operation_id="erase_own_chat", responses=responses(*CALLER_ERRORS))
@limited(Limit.CHAT_ERASE)
async def erase_own_chat(principal: CurrentPrincipal, service: Service) -> DeletedConversations:
    """Erase every conversation of the caller, with messages, usage and notifications."""
    return await service.erase(principal)
