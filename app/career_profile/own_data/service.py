"""A person's own data: take it along, or have it deleted."""

from sqlalchemy import Connection

from app.career_profile.ikigai.content_service import cache_key
from app.career_profile.own_data import repository
from app.career_profile.own_data.schemas import Deleted, ExportedRun, OwnDataExport
from app.career_profile.sessions.access import open_session
from app.career_profile.sessions.repository import find_owned_for_update
from app.career_profile.sessions.starts.repository import serialize_starts
from app.core.cache import Cache
from app.core.database import Database
from app.core.security import Principal
from app.idempotency.repository import forget_session, forget_user
from app.users.caller import Admission, admit
from app.users.repository import find_caller


class OwnDataService:
    """Wallet and ledger stay: they are the bookkeeping of somebody else."""

    def __init__(self, database: Database, cache: Cache, admission: Admission) -> None:
        self._database = database
        self._cache = cache
        self._admission = admission

    async def export(self, principal: Principal) -> OwnDataExport:
        """All runs of the caller with every stored document."""
        caller, runs = await self._database.read(
            lambda c: repository.export_runs(c, principal.user_id)
        )
        admit(caller, self._admission)
        return OwnDataExport(items=[ExportedRun.model_validate(run) for run in runs])

    async def delete_session(self, principal: Principal, session_token: str) -> Deleted:
        """One run with all that belongs to it; work under way for it ends without a trace."""
        deleted = await self._database.transact(
            lambda c: self._delete_session(c, principal, session_token)
        )
        await self._cache.delete(cache_key(session_token))
        return Deleted(deleted=deleted)

    async def delete_all(self, principal: Principal) -> Deleted:
        """Every run of the caller; none is no error."""
        tokens = await self._database.transact(lambda c: self._delete_all(c, principal))
        for token in tokens:
            await self._cache.delete(cache_key(token))
        return Deleted(deleted=len(tokens))

    def _delete_session(
        self, connection: Connection, principal: Principal, session_token: str
    ) -> int:
        found = find_owned_for_update(connection, principal.user_id, session_token)
        _, session = open_session(found, self._admission)
        deleted = repository.delete_session(connection, principal.user_id, session.id)
        forget_session(connection, principal.user_id, session_token)
        return deleted

    def _delete_all(self, connection: Connection, principal: Principal) -> list[str]:
        """After the caller's own starts, so that a tap just before is deleted as well."""
        serialize_starts(connection, principal.user_id)
        admit(find_caller(connection, principal.user_id), self._admission)
        tokens = repository.delete_all_sessions(connection, principal.user_id)
        forget_user(connection, principal.user_id)
        return tokens
