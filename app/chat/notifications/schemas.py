"""What the notification routes answer, and the frames of the WebSocket."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from app.chat.notifications.repository import Stored
from app.chat.notifications.stages import Stage
from app.core.fields import MAX_ID, Input, Output
from app.core.security import MAX_TOKEN_CHARS

DEFAULT_PAGE = 20
MAX_PAGE = 100
PageLimit = Annotated[int, Field(ge=1, le=MAX_PAGE)]
NotificationId = Annotated[int, Field(ge=1, le=MAX_ID)]


class ActionItem(Output):
    """`redirect`: a page of the app; `initialize`: a POST to this service."""

    type: Literal["redirect", "initialize"]
    url: str


class NotificationItem(Output):
    """One notification, the same in the list, as an event and as a frame.

    `progress` is 25, 50, 75 or 100 on the way from the last answer to the advisor, else null;
    `assessmentId` is the session_token of the run. `delivered_at` is when a stream had sent it.
    """

    id: int
    stage: Stage
    title: str
    message: str
    progress: int | None
    assessment_id: str | None = Field(alias="assessmentId")
    action: ActionItem | None
    conversation_id: str | None
    message_id: str | None
    timestamp: datetime
    delivered_at: datetime | None


class NotificationList(Output):
    """Newest first; `next_cursor` is null on the last page."""

    items: list[NotificationItem]
    next_cursor: int | None


class Authenticate(Input):
    """The first frame of a client.

    `token` is the bearer token, null behind the gateway. `last_event_id` is the id that the
    client saw last: what came since is sent. With `acknowledges` a notification counts as
    delivered when the client says so, not when it was sent.
    """

    type: Literal["authenticate"]
    token: Annotated[str, Field(max_length=MAX_TOKEN_CHARS)] | None = None
    last_event_id: NotificationId | None = None
    acknowledges: bool = False


class Acknowledge(Input):
    """A later frame: this notification has arrived."""

    type: Literal["acknowledge"]
    id: NotificationId


class Authenticated(Output):
    """The service's answer to the first frame."""

    type: Literal["authenticated"]


class NotificationFrame(Output):
    type: Literal["notification"]
    data: NotificationItem


class ErrorFrame(Output):
    """Before the service closes for a reason of the client's; as a problem has it."""

    type: Literal["error"]
    code: str
    detail: str


def item_of(stored: Stored) -> NotificationItem:
    return NotificationItem(
        **stored.payload,
        id=stored.id,
        stage=Stage(stored.stage),
        timestamp=stored.created_at,
        delivered_at=stored.delivered_at,
    )
