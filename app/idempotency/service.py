"""First answers in PostgreSQL, one for all processes."""

from functools import partial

import structlog

from app.core.database import Database
from app.core.errors import DomainError
from app.core.idempotency import (
    Answer,
    Claim,
    IdempotencyInProgress,
    IdempotencyKeyReused,
    KeyedRequest,
    Outcome,
)
from app.idempotency import repository
from app.users.caller import Admission, admit

logger = structlog.get_logger()


class IdempotencyService:
    """The port that core.idempotency asks. Every statement is a transaction of its own."""

    def __init__(self, database: Database, admission: Admission) -> None:
        self._database = database
        self._admission = admission

    async def claim(self, request: KeyedRequest) -> Claim | Answer:
        """As the port says; raises also what the login of the day refuses."""
        claimed = await self._database.read(partial(repository.claim, request=request))
        if claimed is not None:
            return claimed
        found = await self._database.read(
            lambda c: repository.find(c, request.user_id, request.key)
        )
        if found is None:  # freed between the two statements
            raise IdempotencyInProgress
        admit(found.caller, self._admission)
        if found.fingerprint != request.fingerprint:
            raise IdempotencyKeyReused
        if found.answer is None:
            raise IdempotencyInProgress
        return found.answer

    async def renew(self, claim: Claim) -> None:
        try:
            await self._database.read(partial(repository.renew, held=claim))
        except DomainError as error:
            logger.warning("idempotency_not_renewed", reason=error.code)

    async def settle(self, claim: Claim, result: Answer | Outcome) -> None:
        """The effect is committed: a database that is away now only costs the kept answer."""
        try:
            if isinstance(result, Answer):
                await self._database.read(partial(repository.keep, held=claim, answer=result))
            elif result is Outcome.REFUSED and claim.repeats_since is None:
                await self._database.read(partial(repository.free, held=claim))
            else:
                await self._database.read(partial(repository.lapse, held=claim))
        except DomainError as error:
            logger.warning("idempotency_not_settled", reason=error.code)


async def purge_expired(database: Database) -> None:
    """A periodic job: delete what is older than its 24 hours."""
    while await database.transact(repository.purge_expired):
        pass
