"""Routes that tell what was used."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request

from app.chat import errors
from app.chat.usage.schemas import ConversationUsage, Month, Period, UsageSummary, Year
from app.chat.usage.service import UsageService
from app.core.errors import CALLER_ERRORS, responses
from app.core.guard import GuardedRoute, limited
from app.core.rate_limits import Limit
from app.core.security import CurrentPrincipal

router = APIRouter(tags=["Usage"], route_class=GuardedRoute)


async def get_service(request: Request) -> UsageService:
    service: UsageService = request.app.state.chat.usage
    return service


Service = Annotated[UsageService, Depends(get_service)]


@router.get("/usage/summary", operation_id="get_usage_summary", responses=responses(*CALLER_ERRORS))
@limited(Limit.CHAT_USAGE)
async def get_usage_summary(
    principal: CurrentPrincipal,
    service: Service,
    period: Period = Period.MONTH,
    year: Year | None = None,
    month: Month | None = None,
) -> UsageSummary:
    """Tokens and costs of a month or a year, by default those of now (UTC)."""
    return await service.summary(principal, period, year, month)


@router.get(
    "/conversations/{conversation_id}/usage",
    operation_id="get_conversation_usage",
    responses=responses(*CALLER_ERRORS, errors.ConversationNotFound),
)
@limited(Limit.CHAT_USAGE)
async def get_conversation_usage(
    conversation_id: UUID, principal: CurrentPrincipal, service: Service
) -> ConversationUsage:
    """Tokens and costs of a conversation, by answer and by model."""
    return await service.of_conversation(principal, conversation_id)
