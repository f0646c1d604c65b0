"""Routes of the Ikigai stage."""

from fastapi import APIRouter, Request, Response

from app.career_profile import PREFIX, errors
from app.career_profile.ikigai.answer_service import IkigaiAnswerService
from app.career_profile.ikigai.content_service import IkigaiContentService
from app.career_profile.ikigai.schemas import (
    DimensionList,
    DimensionProgress,
    DimensionSubmission,
    IkigaiCompletion,
    IkigaiContent,
    SessionReference,
)
from app.core.cached_work import JsonText
from app.core.errors import ANY_ROUTE_ERRORS, CALLER_ERRORS, responses
from app.core.etag import NOT_MODIFIED, cacheable
from app.core.fields import SessionToken
from app.core.guard import GuardedRoute, Per, limited
from app.core.openapi import leads_to
from app.core.rate_limits import Limit
from app.core.security import principal_of

router = APIRouter(prefix=f"{PREFIX}/ikigai", tags=["Ikigai"], route_class=GuardedRoute)

STAGE_ERRORS = (
    *CALLER_ERRORS,
    errors.SessionNotFound,
    errors.NotRecommendationSession,
    errors.InvalidSessionStatus,
)
ANSWERED = leads_to(
    "get_ikigai_result",
    "get_recommendation_result",
    sends=("submit_ikigai_dimension", "finalize_ikigai"),
)


def get_content_service(request: Request) -> IkigaiContentService:
    service: IkigaiContentService = request.app.state.services.ikigai_content
    return service


def get_answer_service(request: Request) -> IkigaiAnswerService:
    service: IkigaiAnswerService = request.app.state.services.ikigai_answers
    return service


@router.get(
    "/dimensions",
    operation_id="list_ikigai_dimensions",
    response_model=DimensionList,
    responses={**NOT_MODIFIED, **responses(*ANY_ROUTE_ERRORS)},
)
@limited(Limit.IKIGAI_DIMENSIONS, per=Per.ADDRESS)
async def list_dimensions(request: Request) -> Response:
    """The four dimensions with the texts that the app shows."""
    return cacheable(request, get_answer_service(request).dimensions())


@router.post(
    "/start",
    operation_id="start_ikigai",
    response_model=IkigaiContent,
    responses={
        **responses(*STAGE_ERRORS, errors.CandidatesNotFound, errors.NoCandidates),
        **leads_to("get_ikigai_content", sends=("submit_ikigai_dimension",)),
    },
)
@limited(Limit.IKIGAI_START)
async def start(body: SessionReference, request: Request) -> IkigaiContent | JsonText:
    """Begin the Ikigai stage and get the options; calling it again changes nothing."""
    return await get_content_service(request).start(principal_of(request), body.session_token)


@router.get(
    "/content/{session_token}",
    operation_id="get_ikigai_content",
    response_model=IkigaiContent,
    responses=responses(*STAGE_ERRORS, errors.CandidatesNotFound, errors.NoCandidates),
)
@limited(Limit.IKIGAI_CONTENT)
async def get_content(session_token: SessionToken, request: Request) -> IkigaiContent | JsonText:
    """The options again, for an app that was killed."""
    return await get_content_service(request).content(principal_of(request), session_token)


@router.post(
    "/submit-dimension",
    operation_id="submit_ikigai_dimension",
    responses={
        **responses(
            *STAGE_ERRORS,
            errors.DimensionAlreadyAnswered,
            errors.ProfessionNotACandidate,
            errors.CandidatesNotFound,
            errors.NoCandidates,
            errors.ResultNotFound,
        ),
        **ANSWERED,
    },
)
@limited(Limit.IKIGAI_SUBMIT_DIMENSION)
async def submit_dimension(
    submission: DimensionSubmission, request: Request
) -> DimensionProgress | IkigaiCompletion:
    """Answer one dimension; the fourth answer finalizes the run."""
    return await get_answer_service(request).submit(principal_of(request), submission)


@router.post(
    "/finalize",
    operation_id="finalize_ikigai",
    responses={
        **responses(
            *STAGE_ERRORS, errors.IkigaiNotCompleted, errors.NoCandidates, errors.ResultNotFound
        ),
        **leads_to("get_ikigai_result", "get_recommendation_result"),
    },
)
@limited(Limit.IKIGAI_FINALIZE)
async def finalize(
    body: SessionReference, request: Request
) -> DimensionProgress | IkigaiCompletion:
    """Finish a run with four answers; idempotent."""
    return await get_answer_service(request).finalize(principal_of(request), body.session_token)


@router.get(
    "/result/{session_token}",
    operation_id="get_ikigai_result",
    responses=responses(*STAGE_ERRORS, errors.ResultNotFound),
)
@limited(Limit.IKIGAI_RESULT)
async def get_result(session_token: SessionToken, request: Request) -> IkigaiCompletion:
    """The stored result, never scored again."""
    return await get_answer_service(request).result(principal_of(request), session_token)
