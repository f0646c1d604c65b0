"""A person's own chat data: have it erased."""

from sqlalchemy import Connection

from app.chat.audit.entry import Act
from app.chat.audit.models import Action, Actor
from app.chat.conversations.schemas import DeletedConversations
from app.chat.own_data import repository
from app.chat.row_security import acting_for
from app.core.database import Database
from app.core.logging import current_request_id
from app.core.security import Principal
from app.idempotency.repository import forget_user
from app.users.caller import Admission, admit
from app.users.repository import find_caller


class ChatDataService:
    """Open to everyone who may have data here, member or not."""

    def __init__(self, database: Database, admission: Admission) -> None:
        self._database = database
        self._admission = admission

    async def erase(self, principal: Principal) -> DeletedConversations:
        """Every conversation of the caller and all that belongs to it; none is no error."""
        act = Act(Actor.USER, Action.ERASE, current_request_id())

        def forget(connection: Connection) -> int:
            admit(find_caller(connection, principal.user_id), self._admission)
            forget_user(connection, principal.user_id)  # kept answers repeat what was said
            return repository.erase(connection, principal.user_id, act)

        deleted = await self._database.transact(forget, acting_for(principal.user_id))
        return DeletedConversations(deleted=deleted)
