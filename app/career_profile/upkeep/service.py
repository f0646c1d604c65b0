"""What is done for sessions without their user: finishing, and letting go."""

from datetime import timedelta

import structlog
from sqlalchemy import Connection

from app.career_profile.errors import IkigaiNotCompleted, NoCandidates, SessionNotFound
from app.career_profile.ikigai.jobs import FINALIZE_SESSION, finalize_job
from app.career_profile.ikigai.lease.finisher import AtWork, Finisher
from app.career_profile.upkeep import repository
from app.core.clock import Clock
from app.core.database import Database
from app.jobs.queue import enqueue
from app.jobs.repository import live_arguments
from app.jobs.retrying import Postponed

logger = structlog.get_logger()

MOST_AT_ONCE = 1000


class SessionUpkeep:
    """Handlers of the career profile's durable jobs."""

    def __init__(
        self, database: Database, finisher: Finisher, clock: Clock, expiry_days: int
    ) -> None:
        self._database = database
        self._finisher = finisher
        self._clock = clock
        self._expiry = timedelta(days=expiry_days)

    async def finalize_session(self, session_id: int) -> None:
        """Complete the session; one that vanished, or has nothing to recommend, ends quietly."""
        try:
            await self._finisher.finish(session_id)
        except AtWork as other:
            raise Postponed(other.held_s) from None
        except (SessionNotFound, NoCandidates, IkigaiNotCompleted) as error:
            logger.info("finalize_job_dropped", session_id=session_id, reason=error.code)

    async def enqueue_unfinished(self) -> None:
        """A job for every session that has four answers, no result and no job: of a release that
        knew no jobs, or whose job was deleted by hand. The enqueued ones are counted in the log.
        """
        count = await self._database.transact(self._enqueue_unfinished)
        if count:
            logger.warning("unfinished_sessions_found", count=count)

    async def expire_sessions(self) -> None:
        """What nobody touched for SESSION_EXPIRY_DAYS is `abandoned` in the history, only there:
        whoever goes on later completes it as ever.
        """
        before = self._clock() - self._expiry
        while await self._database.transact(
            lambda c: repository.abandon_untouched(c, before, MOST_AT_ONCE)
        ):
            pass

    def _enqueue_unfinished(self, connection: Connection) -> int:
        since = self._clock() - self._expiry
        found = repository.find_unfinished(connection, since, MOST_AT_ONCE)
        if not found:
            return 0
        live = live_arguments(connection, FINALIZE_SESSION, "session_id")
        missing = [session_id for session_id in found if str(session_id) not in live]
        enqueue(connection, *(finalize_job(session_id, 0) for session_id in missing))
        return len(missing)
