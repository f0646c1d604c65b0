"""Events between the chat and other services, through a message broker."""

from contextlib import suppress
from uuid import UUID

import structlog
from sqlalchemy import Connection

from app.chat.assessment.jobs import open_job
from app.chat.events import counters, repository
from app.chat.events.incoming import AnalysisComplete, identity_of, read_analysis_complete
from app.chat.events.outbox import ANNOUNCE
from app.chat.events.outgoing import notification_event, wait_of
from app.chat.events.port import Broker, BrokerUnavailable, Received
from app.chat.notifications.repository import find_listed
from app.chat.row_security import MAINTENANCE, acting_for
from app.core.clock import Clock
from app.core.database import Database
from app.core.errors import DomainError
from app.jobs.queue import enqueue
from app.jobs.repository import hasten
from app.jobs.retrying import Postponed

logger = structlog.get_logger()


class EventService:
    """Takes what others tell, and tells them what we notify people of."""

    def __init__(self, database: Database, broker: Broker, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self.broker = broker

    def start(self) -> None:
        self.broker.start(self.receive, self.hasten)

    async def receive(self, received: Received) -> bool:
        """Have the conversation of a finished assessment opened; False: it cannot be read.

        Returns after the commit. A message that comes twice opens once: the row that remembers it
        and the job are one transaction. Raises DatabaseUnavailable or Overloaded.
        """
        event = read_analysis_complete(received.body)
        if event is None:
            logger.warning("broker_message_unreadable", size=len(received.body))
            counters.received_events.labels("unreadable").inc()
            return False
        identity = identity_of(received.message_id, received.body)
        is_new = await self._database.transact(lambda c: _accept(c, identity, event), MAINTENANCE)
        counters.received_events.labels("accepted" if is_new else "duplicate").inc()
        return True

    async def announce(self, user_id: str, notification_id: int) -> None:
        """Tell others of a notification; one that is gone, with its owner or by age, ends quietly.

        Raises Postponed while the broker is away.
        """
        owner = UUID(user_id)
        found = await self._database.read(
            lambda c: find_listed(c, owner, [notification_id]), acting_for(owner)
        )
        for item in found:
            try:
                await self.broker.publish(
                    notification_event(item.id, owner, item.stage, item.payload, item.created_at)
                )
            except BrokerUnavailable:
                counters.published_events.labels("postponed").inc()
                age = self._clock() - item.created_at
                raise Postponed(wait_of(age).total_seconds()) from None
            counters.published_events.labels("confirmed").inc()

    async def hasten(self) -> None:
        """The broker is back: what waits for it is due now, or in its own time."""
        with suppress(DomainError):
            await self._database.transact(lambda c: hasten(c, ANNOUNCE))


def _accept(connection: Connection, identity: str, event: AnalysisComplete) -> bool:
    is_new = repository.remember(connection, identity)
    if is_new:
        enqueue(connection, open_job(event.user_id, event.assessment_id))
    return is_new
