"""The place in a list of runs, newest first, as an opaque text."""

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

MAX_BIGINT = 2**63 - 1
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
UNREADABLE = "Penanda halaman ini tidak dikenal. Muat ulang daftarnya dari awal, ya."


@dataclass(frozen=True, slots=True)
class Position:
    """The last run of a page; `started_at` has PostgreSQL's microseconds."""

    started_at: datetime
    session_id: int


def encode(position: Position) -> str:
    micros = (position.started_at - EPOCH) // timedelta(microseconds=1)
    plain = f"{micros}.{position.session_id}".encode("ascii")
    return base64.urlsafe_b64encode(plain).decode("ascii").rstrip("=")


def decode(text: str) -> Position:
    """Raises ValueError, whose text is for the user, for anything that `encode` does not write."""
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        micros, _, session_id = base64.urlsafe_b64decode(padded).decode("ascii").partition(".")
        started_at = EPOCH + timedelta(microseconds=int(micros))
        position = Position(started_at, int(session_id))
    except (ValueError, OverflowError, binascii.Error):
        raise ValueError(UNREADABLE) from None
    if encode(position) != text or not 0 < position.session_id <= MAX_BIGINT:
        raise ValueError(UNREADABLE)
    return position


def checked(text: str) -> str:
    """The same text when it is a readable position; raises ValueError like `decode`."""
    decode(text)
    return text
