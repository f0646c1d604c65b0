"""Our own events as others get them, and how patiently they are sent. Pure."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from app.chat.events.port import Outgoing

KIND: Final = "chat.notification"
FIRST_WAIT: Final = timedelta(seconds=5)
LONGEST_WAIT: Final = timedelta(minutes=10)


def notification_event(
    number: int, user_id: UUID, stage: str, payload: Mapping[str, Any], at: datetime
) -> Outgoing:
    """What the person was told, and who it was; `number` is the notification's."""
    timestamp = at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    body = {
        "event": KIND,
        "id": number,
        "user_id": str(user_id),
        "stage": stage,
        **payload,
        "timestamp": timestamp,
    }
    return Outgoing(f"notification-{number}", KIND, json.dumps(body, ensure_ascii=False).encode())


def wait_of(age: timedelta) -> timedelta:
    """Until the next attempt at an event of this age: as long as it has waited, within bounds."""
    return min(max(age, FIRST_WAIT), LONGEST_WAIT)
