"""Routes of a turn: say something, ask for an answer once more; as JSON or as a stream."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request

from app.chat import errors
from app.chat.advisor.errors import FreeModelLimitReached
from app.chat.turns.events import EXAMPLE, events, seen_of
from app.chat.turns.schemas import Regenerated, SendMessage, TurnAnswer
from app.chat.turns.service import TurnService
from app.core.errors import CALLER_ERRORS, responses
from app.core.event_stream import EventStream
from app.core.guard import GuardedRoute, limited
from app.core.idempotency import CurrentClaim
from app.core.rate_limits import Limit
from app.core.security import CurrentPrincipal

router = APIRouter(prefix="/conversations", tags=["Messages"], route_class=GuardedRoute)
EVENT_STREAM = "text/event-stream"
STREAMED: dict[int | str, dict[str, Any]] = {
    200: {"content": {EVENT_STREAM: {"schema": {"type": "string"}, "example": EXAMPLE}}}
}
TURN_ERRORS = (
    *CALLER_ERRORS,
    errors.ConversationNotFound,
    FreeModelLimitReached,
    errors.TokenBudgetExceeded,
    errors.AdvisorUnavailable,
)


async def get_service(request: Request) -> TurnService:
    service: TurnService = request.app.state.chat.turns
    return service


Service = Annotated[TurnService, Depends(get_service)]


async def wants_stream(accept: Annotated[str, Header()] = "*/*") -> bool:
    """Whether the client would read a stream: only who names it gets one."""
    return _names_stream(accept)


def resumes(request: Request) -> bool:
    """Whether the client comes back for the rest of a stream that broke off."""
    is_stream = _names_stream(request.headers.get("accept", ""))
    return is_stream and seen_of(request.headers.get("last-event-id")) is not None


def _names_stream(accept: str) -> bool:
    return EVENT_STREAM in accept.lower()


WantsStream = Annotated[bool, Depends(wants_stream)]
LastEventId = Annotated[str | None, Header(alias="Last-Event-ID", max_length=200)]


@router.post(
    "/{conversation_id}/messages",
    operation_id="send_message",
    response_model=TurnAnswer,
    responses={
        **responses(
            *TURN_ERRORS,
            errors.ContentTypeUnsupported,
            errors.MessageTooLong,
            errors.ParentMessageElsewhere,
            errors.MessageNotFound,
        ),
        **STREAMED,
    },
)
@limited(Limit.CHAT_MESSAGE, resumes=resumes)
async def send_message(
    conversation_id: UUID,
    body: SendMessage,
    principal: CurrentPrincipal,
    claim: CurrentClaim,
    service: Service,
    is_stream: WantsStream,
    last_event_id: LastEventId = None,
) -> TurnAnswer | EventStream:
    """Say something and get the advisor's answer. With `Accept: text/event-stream` it comes as it
    is written, and the model is stopped when the client leaves.
    """
    if not is_stream:
        return await service.send(principal, conversation_id, body, claim)
    seen = seen_of(last_event_id)
    opened = await service.open_stream(principal, conversation_id, body, claim, seen)
    return EventStream(events(service, opened, seen=seen))


@router.post(
    "/{conversation_id}/messages/{message_id}/regenerate",
    operation_id="regenerate_message",
    response_model=Regenerated,
    responses={
        **responses(*TURN_ERRORS, errors.MessageNotFound, errors.MessageWithoutQuestion),
        **STREAMED,
    },
)
@limited(Limit.CHAT_MESSAGE, resumes=resumes)
async def regenerate_message(
    conversation_id: UUID,
    message_id: UUID,
    principal: CurrentPrincipal,
    service: Service,
    is_stream: WantsStream,
    last_event_id: LastEventId = None,
) -> Regenerated | EventStream:
    """Answer a message (once more); the answers before are kept, the newest whole one counts."""
    if not is_stream:
        return await service.regenerate(principal, conversation_id, message_id)
    seen = seen_of(last_event_id)
    opened = await service.reopen_stream(principal, conversation_id, message_id, seen)
    return EventStream(events(service, opened, seen=seen, anew=True))
