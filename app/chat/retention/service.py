"""How long the chat is kept."""

from datetime import datetime, timedelta

import structlog

from app.chat.retention.repository import PURGES, Purge
from app.chat.row_security import MAINTENANCE
from app.core.clock import Clock
from app.core.database import Database

logger = structlog.get_logger()

BATCH = 1000  # rows of a transaction: a few milliseconds, in which they are locked


class RetentionService:
    """Deletes what is older than CHAT_RETENTION_DAYS; of a conversation counts its last change."""

    def __init__(self, database: Database, clock: Clock, days: int, batch: int = BATCH) -> None:
        self._database = database
        self._clock = clock
        self._kept = timedelta(days=days)
        self._batch = batch

    async def purge(self) -> None:
        """For a periodic job. What was deleted is counted in the log."""
        before = self._clock() - self._kept
        counts = {name: await self._purge(purge, before) for name, purge in PURGES.items()}
        if any(counts.values()):
            logger.info("chat_purged", **counts)

    async def _purge(self, purge: Purge, before: datetime) -> int:
        total = 0
        while count := await self._database.transact(
            lambda c: purge(c, before, self._batch), MAINTENANCE
        ):
            total += count
        return total
