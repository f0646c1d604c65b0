"""What is counted over all users, for /metrics of every server."""

from contextlib import suppress

from app.chat.gauges import repository
from app.chat.row_security import MAINTENANCE
from app.core import metrics
from app.core.database import Database
from app.core.errors import DomainError


class GaugeService:
    """The worker measures under the maintenance policy; servers only read what it wrote."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def measure(self) -> None:
        """For a periodic job."""
        await self._database.transact(repository.measure_conversations, MAINTENANCE)

    async def publish(self) -> None:
        """Show the last measurement; the old one while the database is away."""
        with suppress(DomainError):
            active = await self._database.read(repository.find_conversations_active)
            metrics.conversations_active.set(active)
