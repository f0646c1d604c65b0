"""Routes of notifications: the list, and two ways to follow them as they come."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, WebSocket
from fastapi.requests import HTTPConnection

from app.chat.notifications.events import EXAMPLE, events
from app.chat.notifications.schemas import (
    DEFAULT_PAGE,
    NotificationId,
    NotificationList,
    PageLimit,
)
from app.chat.notifications.service import NotificationService
from app.chat.notifications.socket import NotificationSocket
from app.core.errors import CALLER_ERRORS, responses
from app.core.event_stream import EventStream, event_stream_response
from app.core.guard import GuardedRoute, limited
from app.core.rate_limits import Limit
from app.core.security import CurrentPrincipal

router = APIRouter(tags=["Notifications"], route_class=GuardedRoute)


def get_service(connection: HTTPConnection) -> NotificationService:
    service: NotificationService = connection.app.state.chat.notifications
    return service


Service = Annotated[NotificationService, Depends(get_service)]


@router.get(
    "/notifications", operation_id="list_notifications", responses=responses(*CALLER_ERRORS)
)
@limited(Limit.NOTIFICATION_LIST)
async def list_notifications(
    principal: CurrentPrincipal,
    service: Service,
    cursor: NotificationId | None = None,
    limit: PageLimit = DEFAULT_PAGE,
) -> NotificationList:
    """The caller's own notifications, newest first."""
    return await service.page(principal, cursor, limit)


@router.get(
    "/notifications/stream",
    operation_id="stream_notifications",
    status_code=200,  # for the document: EventStream's own default is not to be seen
    response_class=EventStream,
    responses={200: event_stream_response(EXAMPLE), **responses(*CALLER_ERRORS)},
)
@limited(Limit.NOTIFICATION_STREAM)
async def stream_notifications(
    principal: CurrentPrincipal,
    service: Service,
    last_event_id: Annotated[NotificationId | None, Header(alias="Last-Event-ID")] = None,
) -> EventStream:
    """Server-sent events: what the caller has missed, then each notification as it comes.

    Events are `notification` (data as in the list) and, before the service hangs up, `end` with a
    reason. `Last-Event-ID` brings what came since; a comment every 15 s keeps proxies awake.
    """
    viewer = await service.admit(principal)
    return EventStream(events(service.hub, viewer, last_event_id), service.hub.hang_up)


@router.websocket("/ws")
async def follow_notifications(websocket: WebSocket, service: Service) -> None:
    """The same as frames; the first one of the client authenticates."""
    await NotificationSocket(websocket, service).serve()
