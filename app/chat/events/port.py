"""What the chat asks of a message broker, and what it gets from one."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol


class BrokerUnavailable(Exception):
    """The broker is away, or has not confirmed that it took a message."""


@dataclass(frozen=True, slots=True)
class Received:
    """A message as it came; nothing about it is checked. `message_id` is its sender's."""

    body: bytes
    message_id: str | None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An event of ours. A consumer that sees a `message_id` again has seen the event."""

    message_id: str
    kind: str
    body: bytes


# False: nobody will ever be able to read this one. What it raises is tried again later.
Receive = Callable[[Received], Awaitable[bool]]
Connected = Callable[[], Awaitable[None]]


class Broker(Protocol):
    """The link to a broker, between `start` and `stop`; needs none to be there to start."""

    def start(self, receive: Receive, connected: Connected) -> None:
        """Call `connected` whenever the broker is there (again), then `receive` for each message,
        at least once, several at a time.
        """
        ...

    async def stop(self) -> None:
        """Take nothing more; what was taken is finished first."""
        ...

    async def publish(self, event: Outgoing) -> None:
        """Return when the broker has stored it; raises BrokerUnavailable."""
        ...

    async def answers(self) -> bool: ...
