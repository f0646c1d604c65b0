"""The results that a user reads, from the stored rows."""

from collections.abc import Collection

from app.career_profile.errors import InvalidSessionStatus, ResultNotFound
from app.career_profile.ikigai.quality import quality_of
from app.career_profile.results import repository
from app.career_profile.results.repository import RecommendationRow
from app.career_profile.results.schemas import (
    CandidateName,
    RecommendationResult,
    RiasecSummary,
)
from app.career_profile.riasec.hexagon import TYPE_NAMES, Letter
from app.career_profile.sessions.access import open_session, require_recommendation
from app.career_profile.sessions.models import SessionStatus
from app.career_profile.sessions.repository import SessionRow
from app.core.database import Database
from app.core.security import Principal
from app.users.caller import Caller


class ResultService:
    """Use cases of reading results."""

    def __init__(self, database: Database, allowed_roles: Collection[str]) -> None:
        self._database = database
        self._allowed_roles = allowed_roles

    async def recommendation(
        self, principal: Principal, session_token: str
    ) -> RecommendationResult:
        found, row = await self._database.read(
            lambda c: repository.find_owned_recommendation(c, principal.user_id, session_token)
        )
        caller, session = open_session(found, self._allowed_roles)
        require_recommendation(session)
        if session.status is not SessionStatus.COMPLETED or session.completed_at is None:
            raise InvalidSessionStatus(status_now=session.status)
        if row is None:
            raise ResultNotFound
        return _recommendation(caller, session, row)


def _recommendation(
    caller: Caller, session: SessionRow, row: RecommendationRow
) -> RecommendationResult:
    assert session.completed_at is not None  # noqa: S101 - the caller checked it
    return RecommendationResult(
        session_token=session.session_token,
        user_first_name=caller.first_name,
        test_completed_at=session.completed_at,
        riasec_summary=RiasecSummary(
            riasec_code=row.riasec_code,
            riasec_title=row.riasec_title,
            top_types=[TYPE_NAMES[Letter(letter)] for letter in row.riasec_code],
            total_candidates_found=row.candidates.metadata.total_candidates,
        ),
        candidate_profession_names=[
            CandidateName(profession_id=pid, name=row.names[pid])
            for pid in row.candidates.profession_ids
            if pid in row.names
        ],
        ikigai_profile_summary=row.recommendations.ikigai_profile_summary,
        recommended_professions=row.recommendations.recommended_professions,
        points_awarded=None,
        quality=quality_of(
            row.dimension_scores.metadata,
            row.recommendations.generation_context.narrative_source,
        ),
    )
