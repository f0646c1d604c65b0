"""Routes that start a run and tell where it stands."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from app.career_profile import errors
from app.career_profile.sessions.schemas import (
    SessionProgress,
    StartedSession,
    StartRecommendation,
)
from app.career_profile.sessions.service import SessionService
from app.core.errors import CALLER_ERRORS, responses
from app.core.fields import SessionToken
from app.core.security import CurrentPrincipal

router = APIRouter(prefix="/career-profile", tags=["Sessions"])


def get_service(request: Request) -> SessionService:
    service: SessionService = request.app.state.services.sessions
    return service


Service = Annotated[SessionService, Depends(get_service)]


@router.post(
    "/recommendation/start",
    operation_id="start_recommendation",
    responses=responses(*CALLER_ERRORS),
)
async def start_recommendation(
    body: StartRecommendation, principal: CurrentPrincipal, service: Service
) -> StartedSession:
    """Begin a run that ends with two recommended professions."""
    return await service.start_recommendation(principal, body.persona_type)


@router.get(
    "/sessions/{session_token}",
    operation_id="get_session_progress",
    responses=responses(*CALLER_ERRORS, errors.SessionNotFound),
)
async def get_progress(
    session_token: SessionToken, principal: CurrentPrincipal, service: Service
) -> SessionProgress:
    """Where a run stands: status, dimensions done and remaining, next step."""
    return await service.progress(principal, session_token)
