"""Routes that start a run and tell where it stands."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from app.career_profile import errors
from app.career_profile.sessions.schemas import (
    DEFAULT_PAGE,
    PageCursor,
    PageLimit,
    Persona,
    SessionList,
    SessionProgress,
    StartedSession,
    StartFitCheck,
    StartRecommendation,
)
from app.career_profile.sessions.service import SessionService
from app.core.errors import CALLER_ERRORS, responses
from app.core.fields import SessionToken
from app.core.guard import GuardedRoute, limited
from app.core.rate_limits import Limit
from app.core.security import CurrentPrincipal

router = APIRouter(prefix="/career-profile", tags=["Sessions"], route_class=GuardedRoute)


def get_service(request: Request) -> SessionService:
    service: SessionService = request.app.state.services.sessions
    return service


Service = Annotated[SessionService, Depends(get_service)]


@router.post(
    "/recommendation/start",
    operation_id="start_recommendation",
    responses=responses(*CALLER_ERRORS, errors.InsufficientTokens),
)
@limited(Limit.RECOMMENDATION_START)
async def start_recommendation(
    body: StartRecommendation, principal: CurrentPrincipal, service: Service
) -> StartedSession:
    """Begin a run that ends with two recommended professions."""
    return await service.start_recommendation(principal, body.persona_type)


@router.post(
    "/fit-check/start",
    operation_id="start_fit_check",
    responses=responses(*CALLER_ERRORS, errors.ProfessionNotFound, errors.ProfessionWithoutCode),
)
@limited(Limit.FIT_CHECK_START)
async def start_fit_check(
    body: StartFitCheck, principal: CurrentPrincipal, service: Service
) -> StartedSession:
    """Begin a run that tells how well one profession fits."""
    persona = Persona(body.persona_type)
    return await service.start_fit_check(principal, persona, body.target_profession_id)


@router.get("/sessions", operation_id="list_sessions", responses=responses(*CALLER_ERRORS))
@limited(Limit.SESSION_LIST)
async def list_sessions(
    principal: CurrentPrincipal,
    service: Service,
    cursor: PageCursor | None = None,
    limit: PageLimit = DEFAULT_PAGE,
) -> SessionList:
    """The caller's own runs, newest first."""
    return await service.list_runs(principal, cursor, limit)


@router.get(
    "/sessions/{session_token}",
    operation_id="get_session_progress",
    responses=responses(*CALLER_ERRORS, errors.SessionNotFound),
)
@limited(Limit.SESSION_PROGRESS)
async def get_progress(
    session_token: SessionToken, principal: CurrentPrincipal, service: Service
) -> SessionProgress:
    """Where a run stands: status, dimensions done and remaining, next step."""
    return await service.progress(principal, session_token)
