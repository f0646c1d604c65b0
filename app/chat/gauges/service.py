"""What is counted over all users, for /metrics of every server."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final

from sqlalchemy import Connection

from app.chat.gauges import instruments, repository
from app.chat.row_security import MAINTENANCE
from app.core.clock import Clock
from app.core.database import Database
from app.core.errors import DomainError

# Values by name. A moment is kept as seconds since 1970 under a name that ends in `_since`.
Count = Callable[[Connection], Mapping[str, int]]

SESSIONS_AWAITING: Final = "sessions_awaiting"
# One of each measurement: they fail apart.
MEASURED: Final = (repository.CONVERSATIONS_ACTIVE, SESSIONS_AWAITING)


class GaugeService:
    """The worker measures under the maintenance policy; servers only read what it wrote."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._began = clock()

    async def measure(self, count: Count) -> None:
        """Count and keep it; for a periodic job."""
        await self._database.transact(lambda c: repository.keep(c, count(c)), MAINTENANCE)

    async def publish(self) -> None:
        """Show the last measurement; the old one while the database is away."""
        with suppress(DomainError):
            self._show(await self._database.read(repository.find_measured))

    def _show(self, measured: repository.Measured) -> None:
        values = measured.values
        since = values.get("sessions_awaiting_since", 0)
        instruments.conversations_active.set(values.get(repository.CONVERSATIONS_ACTIVE, 0))
        instruments.sessions_awaiting.set(values.get(SESSIONS_AWAITING, 0))
        # Goes on growing while nobody measures: whoever waited then is waiting still.
        waited_s = self._clock().timestamp() - since if since else 0.0
        instruments.sessions_awaiting_oldest.set(max(0.0, waited_s))
        # What was never measured has been missing at least since we began.
        waiting_s = (self._clock() - self._began).total_seconds()
        ages_s = (measured.ages_s.get(name, waiting_s) for name in MEASURED)
        instruments.measurement_age.set(max(ages_s))
