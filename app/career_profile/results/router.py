"""Routes of the results."""

from fastapi import APIRouter, Request

from app.career_profile import PREFIX, errors
from app.career_profile.results.personality_service import PersonalityService
from app.career_profile.results.schemas import (
    FitCheckResponse,
    PersonalityResult,
    RecommendationResult,
)
from app.career_profile.results.service import ResultService
from app.core.errors import CALLER_ERRORS, responses
from app.core.fields import SessionToken
from app.core.guard import GuardedRoute, limited
from app.core.rate_limits import Limit
from app.core.security import principal_of

router = APIRouter(prefix=f"{PREFIX}/result", tags=["Results"], route_class=GuardedRoute)


def get_service(request: Request) -> ResultService:
    service: ResultService = request.app.state.services.results
    return service


def get_personality_service(request: Request) -> PersonalityService:
    service: PersonalityService = request.app.state.services.personality
    return service


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
@limited(Limit.RECOMMENDATION_RESULT)
async def get_recommendation(session_token: SessionToken, request: Request) -> RecommendationResult:
    """Two professions with reasons, alignment and score breakdown."""
    return await get_service(request).recommendation(principal_of(request), session_token)


@router.get(
    "/fit-check/{session_token}",
    operation_id="get_fit_check_result",
    responses=responses(
        *CALLER_ERRORS, errors.SessionNotFound, errors.InvalidSessionStatus, errors.ResultNotFound
    ),
)
@limited(Limit.FIT_CHECK_RESULT)
async def get_fit_check(session_token: SessionToken, request: Request) -> FitCheckResponse:
    """How well the target profession fits, and what to do next."""
    return await get_service(request).fit_check(principal_of(request), session_token)


@router.get(
    "/personality/{session_token}",
    operation_id="get_personality_result",
    responses=responses(
        *CALLER_ERRORS, errors.SessionNotFound, errors.InvalidSessionStatus, errors.ResultNotFound
    ),
)
@limited(Limit.PERSONALITY_RESULT)
async def get_personality(session_token: SessionToken, request: Request) -> PersonalityResult:
    """What the interest code says about the person."""
    return await get_personality_service(request).result(principal_of(request), session_token)
