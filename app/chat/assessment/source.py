"""Where assessments come from: our own sessions, then an archive if there is one."""

from uuid import UUID

from app.chat.assessment.assessment import Assessment, AssessmentSource


class Sources:
    """The port over several adapters, asked one after the other: the first that knows answers."""

    def __init__(self, *sources: AssessmentSource) -> None:
        self._sources = sources

    async def latest(self, user_id: UUID) -> Assessment | None:
        """The first source's newest; a later one is asked only by who has nothing in it."""
        for source in self._sources:
            if (found := await source.latest(user_id)) is not None:
                return found
        return None

    async def aclose(self) -> None:
        """Release connections; no call may follow."""
        for source in self._sources:
            await source.aclose()

    async def find(self, user_id: UUID, assessment_id: str) -> Assessment | None:
        for source in self._sources:
            if (found := await source.find(user_id, assessment_id)) is not None:
                return found
        return None
