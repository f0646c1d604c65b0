"""The way of our own events to the broker: a job in the transaction of what they tell."""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, Engine

from app.jobs.queue import Job, enqueue

ANNOUNCE: Final = "announce_notification"
OPTION: Final = "announces_notifications"


def announce_all(engine: Engine) -> None:
    """Have every transaction of `engine` announce its notifications: there is a broker."""
    engine.update_execution_options(**{OPTION: True})


def announce(connection: Connection, user_id: UUID, numbers: Iterable[int]) -> None:
    """Enqueue that these notifications be told to others; nothing where there is no broker."""
    if connection.get_execution_options().get(OPTION):
        about = str(user_id)
        enqueue(
            connection,
            *(Job(ANNOUNCE, {"user_id": about, "notification_id": n}) for n in numbers),
        )
