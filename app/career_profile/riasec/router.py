"""Routes of the interest test."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from app.career_profile import errors
from app.career_profile.riasec.schemas import (
    QuestionBankResponse,
    RiasecResultResponse,
    RiasecSubmission,
    SessionQuestions,
)
from app.career_profile.riasec.service import RiasecService
from app.core.errors import CALLER_ERRORS, responses
from app.core.etag import NOT_MODIFIED, cacheable
from app.core.fields import SessionToken
from app.core.guard import GuardedRoute, Per, limited
from app.core.rate_limits import Limit
from app.core.security import CurrentPrincipal

router = APIRouter(prefix="/career-profile/riasec", tags=["RIASEC"], route_class=GuardedRoute)


def get_service(request: Request) -> RiasecService:
    service: RiasecService = request.app.state.services.riasec
    return service


Service = Annotated[RiasecService, Depends(get_service)]


@router.get(
    "/questions",
    operation_id="list_riasec_questions",
    response_model=QuestionBankResponse,
    responses=NOT_MODIFIED,
)
@limited(Limit.RIASEC_QUESTIONS, per=Per.ADDRESS)
async def list_questions(request: Request, service: Service) -> Response:
    """The whole question bank."""
    return cacheable(request, service.question_bank())


@router.get(
    "/questions/{session_token}",
    operation_id="get_session_questions",
    responses=responses(*CALLER_ERRORS, errors.SessionNotFound),
)
@limited(Limit.SESSION_QUESTIONS)
async def get_session_questions(
    session_token: SessionToken, principal: CurrentPrincipal, service: Service
) -> SessionQuestions:
    """The session's own items in display order."""
    return await service.questions(principal, session_token)


@router.post(
    "/submit",
    operation_id="submit_riasec",
    responses=responses(
        *CALLER_ERRORS,
        errors.SessionNotFound,
        errors.QuestionSetMismatch,
        errors.QuestionTypeMismatch,
        errors.RiasecAlreadySubmitted,
        errors.InvalidProfile,
        errors.NoCandidates,
    ),
)
@limited(Limit.RIASEC_SUBMIT)
async def submit(
    submission: RiasecSubmission, principal: CurrentPrincipal, service: Service
) -> RiasecResultResponse:
    """Answers in, code and candidates out."""
    return await service.submit(principal, submission)


@router.get(
    "/result/{session_token}",
    operation_id="get_riasec_result",
    responses=responses(*CALLER_ERRORS, errors.SessionNotFound, errors.InvalidSessionStatus),
)
@limited(Limit.RIASEC_RESULT)
async def get_result(
    session_token: SessionToken, principal: CurrentPrincipal, service: Service
) -> RiasecResultResponse:
    """The stored result."""
    return await service.result(principal, session_token)
