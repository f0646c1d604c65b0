"""What is counted of the exchange with other services."""

from typing import Final

from prometheus_client import Counter

from app.core.metrics import REGISTRY, begin_at_zero

received_events: Final = Counter(
    "broker_events_received_total",
    "Messages from the broker by what became of them (accepted, duplicate, unreadable, retried,"
    " given_up).",
    ["result"],
    registry=REGISTRY,
)
begin_at_zero(received_events, ("accepted", "duplicate", "unreadable", "retried", "given_up"))
published_events: Final = Counter(
    "broker_events_published_total",
    "Events of ours for the broker by result (confirmed, or postponed: it was away).",
    ["result"],
    registry=REGISTRY,
)
begin_at_zero(published_events, ("confirmed", "postponed"))
