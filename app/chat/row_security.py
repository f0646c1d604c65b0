"""On whose behalf a transaction sees the chat's rows; without a word it sees none."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

# Reads and deletes the rows of all, adds and changes none: purge and gauges, never a request
# of a user.
MAINTENANCE: Final[Mapping[str, str]] = {"app.maintenance": "on"}


def acting_for(user_id: UUID) -> Mapping[str, str]:
    """Session variables of a transaction that sees and writes what is this user's."""
    return {"app.current_user_id": str(user_id)}
