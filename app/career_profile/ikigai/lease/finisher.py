"""One finalizer of a session at a time, over all processes and machines: a model is paid once.

The lease saves money, the rows decide: were two at it after all (a process that was paused for
longer than its lease), the first commit would win and both would give the same result.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from uuid import UUID, uuid4

import structlog

from app.career_profile.errors import SessionNotFound
from app.career_profile.ikigai.finalizer import Finalizer
from app.career_profile.ikigai.lease import repository
from app.core.database import Database
from app.core.errors import DatabaseUnavailable, DomainError, Overloaded

logger = structlog.get_logger()

# Two renewals in a row may fail or be late before a lease lapses under its holder.
RENEWALS_PER_LEASE = 3
POLL_S = 0.25


class AtWork(Exception):
    """Another one finalizes the session, for at least `held_s` seconds more unless it dies."""

    def __init__(self, held_s: float) -> None:
        self.held_s = held_s
        super().__init__()


class Finisher:
    """Finalizes sessions under the lease."""

    def __init__(self, database: Database, finalizer: Finalizer, lease_s: float) -> None:
        self._database = database
        self._finalizer = finalizer
        self._lease_s = lease_s

    async def finish(self, session_id: int) -> None:
        """Complete the session, or find it completed.

        Raises AtWork when another one is at it, and what `Finalizer.finalize` raises.
        """
        holder = uuid4()
        state = await self._database.read(
            lambda c: repository.take(c, session_id, holder, self._lease_s)
        )
        if state is None:
            raise SessionNotFound
        if state.is_completed:
            return
        if not state.is_ours:
            raise AtWork(state.held_s)
        async with self._held(session_id, holder):
            if not await self._finalize(session_id):
                await self._give_back(session_id, holder)

    async def finish_or_wait(self, session_id: int) -> None:
        """As `finish`, but waits for whoever is at it, and takes over from one that died."""
        while True:
            try:
                return await self.finish(session_id)
            except AtWork:
                await self._wait(session_id)

    async def _wait(self, session_id: int) -> None:
        """Until the session is completed or free; no connection is held meanwhile."""
        while True:
            await asyncio.sleep(POLL_S)
            state = await self._database.read(lambda c: repository.look(c, session_id))
            if state is None or state.is_completed or not state.held_s:
                return

    async def _finalize(self, session_id: int) -> bool:
        try:
            return await self._finalizer.finalize(session_id)
        except DomainError as error:
            logger.warning("ikigai_finalize_failed", session_id=session_id, reason=error.code)
            raise
        except Exception as error:
            logger.exception("ikigai_finalize_failed", session_id=session_id, exc_info=error)
            raise

    @asynccontextmanager
    async def _held(self, session_id: int, holder: UUID) -> AsyncIterator[None]:
        """Keep the lease while the block runs. Completing the session ends it; what fails or is
        cancelled gives it back, so that the next one need not wait until it lapses.
        """
        renewing = asyncio.create_task(self._renew(session_id, holder), name="finalize-lease")
        try:
            yield
        except BaseException:
            await asyncio.shield(self._give_back(session_id, holder))
            raise
        finally:
            renewing.cancel()

    async def _renew(self, session_id: int, holder: UUID) -> None:
        is_ours = True
        while is_ours:
            await asyncio.sleep(self._lease_s / RENEWALS_PER_LEASE)
            with suppress(DatabaseUnavailable, Overloaded):
                is_ours = await self._database.transact(
                    lambda c: repository.renew(c, session_id, holder, self._lease_s)
                )
        logger.warning("ikigai_finalize_lease_lost", session_id=session_id)

    async def _give_back(self, session_id: int, holder: UUID) -> None:
        with suppress(DatabaseUnavailable, Overloaded):  # it lapses by itself
            await self._database.transact(lambda c: repository.give_back(c, session_id, holder))
