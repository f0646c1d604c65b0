"""Time enters the services through a clock, so that rules and tests can fix it."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)


def iso_z(moment: datetime) -> str:
    """ISO 8601 in UTC with a `Z`, as every JSON document stores times."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
