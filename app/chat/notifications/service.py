"""A person's notifications: the list of them, and who may follow them as they come."""

from app.chat.notifications import repository
from app.chat.notifications.hub import Hub
from app.chat.notifications.schemas import NotificationList, item_of
from app.chat.notifications.stream import Viewer
from app.chat.row_security import acting_for
from app.core.database import Database
from app.core.security import Principal
from app.users.caller import Admission, admit
from app.users.repository import find_caller


class NotificationService:
    def __init__(self, database: Database, hub: Hub, admission: Admission) -> None:
        self._database = database
        self._admission = admission
        self.hub = hub

    async def page(
        self, principal: Principal, before_id: int | None, limit: int
    ) -> NotificationList:
        """The caller's own, newest first. To look at the list delivers nothing."""
        caller, rows = await self._database.read(
            # One more than asked for tells whether there is another page.
            lambda c: repository.find_page(c, principal.user_id, before_id, limit + 1),
            acting_for(principal.user_id),
        )
        admit(caller, self._admission)
        page = rows[:limit]
        return NotificationList(
            items=[item_of(row) for row in page],
            next_cursor=page[-1].id if len(rows) > limit else None,
        )

    async def admit(self, principal: Principal) -> Viewer:
        """Whoever may follow a stream of their own; errors as for any other route."""
        caller = await self._database.read(lambda c: find_caller(c, principal.user_id))
        admit(caller, self._admission)
        return Viewer(principal.user_id, principal.expires_at)
