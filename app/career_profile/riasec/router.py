"""Routes of the interest test."""

from fastapi import APIRouter, Request, Response

from app.career_profile import PREFIX, errors
from app.career_profile.riasec.schemas import (
    QuestionBankResponse,
    RiasecResultResponse,
    RiasecSubmission,
    SessionQuestions,
)
from app.career_profile.riasec.service import RiasecService
from app.core.errors import ANY_ROUTE_ERRORS, CALLER_ERRORS, responses
from app.core.etag import NOT_MODIFIED, cacheable
from app.core.fields import SessionToken
from app.core.guard import GuardedRoute, Per, limited
from app.core.openapi import leads_to
from app.core.rate_limits import Limit
from app.core.security import principal_of

router = APIRouter(prefix=f"{PREFIX}/riasec", tags=["RIASEC"], route_class=GuardedRoute)


def get_service(request: Request) -> RiasecService:
    service: RiasecService = request.app.state.services.riasec
    return service


@router.get(
    "/questions",
    operation_id="list_riasec_questions",
    response_model=QuestionBankResponse,
    responses={**NOT_MODIFIED, **responses(*ANY_ROUTE_ERRORS)},
)
@limited(Limit.RIASEC_QUESTIONS, per=Per.ADDRESS)
async def list_questions(request: Request) -> Response:
    """The whole question bank."""
    return cacheable(request, get_service(request).question_bank())


@router.get(
    "/questions/{session_token}",
    operation_id="get_session_questions",
    responses=responses(*CALLER_ERRORS, errors.SessionNotFound),
)
@limited(Limit.SESSION_QUESTIONS)
async def get_session_questions(session_token: SessionToken, request: Request) -> SessionQuestions:
    """The session's own items in display order."""
    return await get_service(request).questions(principal_of(request), session_token)


@router.post(
    "/submit",
    operation_id="submit_riasec",
    responses={
        **responses(
            *CALLER_ERRORS,
            errors.SessionNotFound,
            errors.QuestionSetMismatch,
            errors.QuestionTypeMismatch,
            errors.RiasecAlreadySubmitted,
            errors.InvalidProfile,
            errors.NoCandidates,
        ),
        **leads_to(
            "get_riasec_result",
            "get_personality_result",
            "get_fit_check_result",
            sends=("start_ikigai",),
        ),
    },
)
@limited(Limit.RIASEC_SUBMIT)
async def submit(submission: RiasecSubmission, request: Request) -> RiasecResultResponse:
    """Answers in, code and candidates out."""
    return await get_service(request).submit(principal_of(request), submission)


@router.get(
    "/result/{session_token}",
    operation_id="get_riasec_result",
    responses=responses(*CALLER_ERRORS, errors.SessionNotFound, errors.InvalidSessionStatus),
)
@limited(Limit.RIASEC_RESULT)
async def get_result(session_token: SessionToken, request: Request) -> RiasecResultResponse:
    """The stored result."""
    return await get_service(request).result(principal_of(request), session_token)
