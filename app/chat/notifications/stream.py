"""One open stream: what waits to be sent on it, in order, each notification once."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from app.chat.notifications.repository import Stored

MAX_WAITING = 100  # a client that is so far behind comes back and reads from the table
MAX_REMEMBERED = 1000  # ids sent; more do not come twice


class Kind(StrEnum):
    SSE = "sse"
    WEBSOCKET = "websocket"


class End(StrEnum):
    """Why the service ends a stream. The client may come back, with what it saw last."""

    SLOW = "slow"  # it did not keep up
    REPLACED = "replaced"  # the same person opened too many
    UNAVAILABLE = "unavailable"  # the database did not tell what was missed
    RESTART = "restart"  # the process ends; another is there, or soon
    EXPIRED = "expired"  # the login ran out, or the stream is old: who comes back is asked again


@dataclass(frozen=True, slots=True)
class Viewer:
    """Whose stream it is, and until when their login holds (None: as long as any)."""

    user_id: UUID
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """Nobody listened for so long: what is younger is to be read from the table."""

    age: timedelta


class Stream:
    """Filled by the hub, emptied by whoever sends. Belongs to one event loop."""

    def __init__(self, user_id: UUID, kind: Kind) -> None:
        self.user_id = user_id
        self.kind = kind
        self.end: End | None = None
        self._waiting: OrderedDict[int, Stored] = OrderedDict()
        self._gap: Gap | None = None
        self._had: OrderedDict[int, None] = OrderedDict()
        self._changed = asyncio.Event()

    def offer(self, items: Iterable[Stored]) -> None:
        """Put in line what this stream has not had yet; too long a line ends it."""
        for item in items:
            if item.id not in self._had and self.end is None:
                self._waiting[item.id] = item
        if len(self._waiting) > MAX_WAITING:
            self.close(End.SLOW)
        self._changed.set()

    def miss(self, gap: Gap) -> None:
        """Whoever sends reads what came in the gap, at their own pace."""
        self._gap = gap if self._gap is None else max(gap, self._gap, key=lambda each: each.age)
        self._changed.set()

    def take(self, notification_id: int) -> bool:
        """Whether whoever sends is to send it now: false if they did before. What is read from the
        table leaves the line, or those around it would be sent before it.
        """
        if notification_id in self._had:
            return False
        self._waiting.pop(notification_id, None)
        self._had[notification_id] = None
        if len(self._had) > MAX_REMEMBERED:
            self._had.popitem(last=False)
        return True

    def has_had(self, notification_id: int) -> bool:
        return notification_id in self._had

    def close(self, end: End) -> None:
        """The first reason counts; what still waits is not sent."""
        self.end = self.end or end
        self._waiting.clear()
        self._gap = None
        self._changed.set()

    async def next(self) -> Stored | Gap | None:
        """A gap, else the oldest that waits, as soon as there is one; None when it has ended."""
        while not self._waiting and self._gap is None:
            if self.end is not None:
                return None
            self._changed.clear()
            await self._changed.wait()
        if self._gap is not None:
            gap, self._gap = self._gap, None
            return gap
        oldest = next(iter(self._waiting.values()))
        self.take(oldest.id)
        return oldest
