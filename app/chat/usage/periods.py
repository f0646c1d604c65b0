"""Months and years of UTC as spans of time."""

from datetime import UTC, datetime


def month_of(year: int, month: int) -> tuple[datetime, datetime]:
    """From the first moment of the month to that of the next one."""
    start = datetime(year, month, 1, tzinfo=UTC)
    return start, datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)


def year_of(year: int) -> tuple[datetime, datetime]:
    return datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
