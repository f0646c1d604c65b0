"""Routes that start a run and tell where it stands."""

from fastapi import APIRouter, Request

from app.career_profile import PREFIX, errors
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
from app.core.idempotency import claim_of
from app.core.openapi import leads_to
from app.core.rate_limits import Limit
from app.core.security import principal_of

router = APIRouter(prefix=PREFIX, tags=["Sessions"], route_class=GuardedRoute)


def get_service(request: Request) -> SessionService:
    service: SessionService = request.app.state.services.sessions
    return service


BEGUN = leads_to(
    "get_session_questions", "get_session_progress", "delete_session", sends=("submit_riasec",)
)


@router.post(
    "/recommendation/start",
    operation_id="start_recommendation",
    responses={**responses(*CALLER_ERRORS, errors.InsufficientTokens), **BEGUN},
)
@limited(Limit.RECOMMENDATION_START)
async def start_recommendation(body: StartRecommendation, request: Request) -> StartedSession:
    """Begin a run that ends with two recommended professions."""
    return await get_service(request).start_recommendation(
        principal_of(request), body.persona_type, claim_of(request)
    )


@router.post(
    "/fit-check/start",
    operation_id="start_fit_check",
    responses={
        **responses(*CALLER_ERRORS, errors.ProfessionNotFound, errors.ProfessionWithoutCode),
        **BEGUN,
    },
)
@limited(Limit.FIT_CHECK_START)
async def start_fit_check(body: StartFitCheck, request: Request) -> StartedSession:
    """Begin a run that tells how well one profession fits."""
    persona = Persona(body.persona_type)
    return await get_service(request).start_fit_check(
        principal_of(request), persona, body.target_profession_id, claim_of(request)
    )


@router.get(
    "/sessions",
    operation_id="list_sessions",
    responses={
        **responses(*CALLER_ERRORS),
        **leads_to("get_session_progress", "delete_session", given="/items/0/session_token"),
    },
)
@limited(Limit.SESSION_LIST)
async def list_sessions(
    request: Request,
    cursor: PageCursor | None = None,
    limit: PageLimit = DEFAULT_PAGE,
) -> SessionList:
    """The caller's own runs, newest first."""
    return await get_service(request).list_runs(principal_of(request), cursor, limit)


@router.get(
    "/sessions/{session_token}",
    operation_id="get_session_progress",
    responses=responses(*CALLER_ERRORS, errors.SessionNotFound),
)
@limited(Limit.SESSION_PROGRESS)
async def get_progress(session_token: SessionToken, request: Request) -> SessionProgress:
    """Where a run stands: status, dimensions done and remaining, next step."""
    return await get_service(request).progress(principal_of(request), session_token)
