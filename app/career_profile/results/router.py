"""Routes of the results."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from app.career_profile import errors
from app.career_profile.results.schemas import RecommendationResult
from app.career_profile.results.service import ResultService
from app.core.errors import CALLER_ERRORS, responses
from app.core.fields import SessionToken
from app.core.security import CurrentPrincipal

router = APIRouter(prefix="/career-profile/result", tags=["Results"])


def get_service(request: Request) -> ResultService:
    service: ResultService = request.app.state.services.results
    return service


Service = Annotated[ResultService, Depends(get_service)]


@router.get(
    "/recommendation/{session_token}",
    operation_id="get_recommendation_result",
    responses=responses(
        *CALLER_ERRORS,
        errors.SessionNotFound,
        errors.NotRecommendationSession,
        errors.InvalidSessionStatus,
        errors.ResultNotFound,
    ),
)
async def get_recommendation(
    session_token: SessionToken, principal: CurrentPrincipal, service: Service
) -> RecommendationResult:
    """Two professions with reasons, alignment and score breakdown."""
    return await service.recommendation(principal, session_token)
