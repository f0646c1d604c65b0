"""How the database's schema revision compares with the one that this build needs."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, text


class MigrationState(StrEnum):
    CURRENT = "current"
    BEHIND = "behind"
    AHEAD = "ahead"


@dataclass(frozen=True, slots=True)
class Revisions:
    """`known` are the revisions of this build, `head` the newest of them."""

    head: str
    known: frozenset[str]

    def compare(self, connection: Connection) -> MigrationState:
        """AHEAD: a newer build has migrated. BEHIND: also when nothing was migrated yet."""
        exists = connection.scalar(text("SELECT to_regclass('alembic_version') IS NOT NULL"))
        if not exists:
            return MigrationState.BEHIND
        revision = connection.scalar(text("SELECT version_num FROM alembic_version"))
        if revision == self.head:
            return MigrationState.CURRENT
        # No revision: migrated down to the base, which leaves the table empty.
        behind = revision is None or revision in self.known
        return MigrationState.BEHIND if behind else MigrationState.AHEAD
