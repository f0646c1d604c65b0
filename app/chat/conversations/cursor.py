"""The place in a list of conversations, newest activity first, as an opaque text."""

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
UNREADABLE = "Penanda halaman ini tidak dikenal. Muat ulang daftarnya dari awal, ya."


@dataclass(frozen=True, slots=True)
class Position:
    """The last conversation of a page; `updated_at` has PostgreSQL's microseconds."""

    updated_at: datetime
    conversation_id: UUID


def encode(position: Position) -> str:
    micros = (position.updated_at - EPOCH) // timedelta(microseconds=1)
    plain = f"{micros}.{position.conversation_id.hex}".encode("ascii")
    return base64.urlsafe_b64encode(plain).decode("ascii").rstrip("=")


def decode(text: str) -> Position:
    """Raises ValueError, whose text is for the user, for anything that `encode` does not write."""
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        micros, _, hexadecimal = base64.urlsafe_b64decode(padded).decode("ascii").partition(".")
        position = Position(EPOCH + timedelta(microseconds=int(micros)), UUID(hexadecimal))
        is_ours = encode(position) == text
    except (ValueError, OverflowError, binascii.Error):
        raise ValueError(UNREADABLE) from None
    if not is_ours:
        raise ValueError(UNREADABLE)
    return position


def checked(text: str) -> str:
    """The same text when it is a readable position; raises ValueError like `decode`."""
    decode(text)
    return text
