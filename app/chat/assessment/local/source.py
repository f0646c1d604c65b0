"""The port's adapter over the career profile's own sessions."""

from uuid import UUID

from app.chat.assessment.assessment import Assessment
from app.chat.assessment.local import repository
from app.core.database import Database


class LocalSource:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def latest(self, user_id: UUID) -> Assessment | None:
        return await self._database.read(lambda c: repository.find_latest_finished(c, user_id))

    async def aclose(self) -> None:
        """The database is closed by who opened it."""

    async def find(self, user_id: UUID, assessment_id: str) -> Assessment | None:
        return await self._database.read(
            lambda c: repository.find_finished(c, user_id, assessment_id)
        )
