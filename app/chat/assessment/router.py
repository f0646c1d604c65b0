"""Routes between a result and the conversation about it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request, Response

from app.chat.assessment.errors import (
    ArchiveUnavailable,
    AssessmentNotFound,
    ConversationDeleted,
    PersonNotFound,
)
from app.chat.assessment.schemas import (
    AddAssessment,
    AddedContext,
    AssessmentConversation,
    AssessmentReady,
    AutoInitialize,
    AutoInitialized,
    ConversationFromAssessment,
    FromAssessment,
    Initialize,
    Initialized,
)
from app.chat.assessment.service import AssessmentService
from app.chat.errors import ConversationNotFound
from app.core.errors import (
    CALLER_ERRORS,
    DatabaseUnavailable,
    MalformedBody,
    NotAuthenticated,
    Overloaded,
    ValidationFailed,
    responses,
)
from app.core.fields import SessionToken
from app.core.guard import GuardedRoute, Per, limited
from app.core.rate_limits import Limit
from app.core.security import CurrentPrincipal, PrincipalOrService

router = APIRouter(tags=["Assessments"], route_class=GuardedRoute)


async def get_service(request: Request) -> AssessmentService:
    service: AssessmentService = request.app.state.chat.assessments
    return service


Service = Annotated[AssessmentService, Depends(get_service)]
AssessmentId = Annotated[SessionToken, Path(description="session_token of a finished test")]
SERVICE_ERRORS = (
    NotAuthenticated,
    ValidationFailed,
    MalformedBody,
    Overloaded,
    DatabaseUnavailable,
)
OPENING = responses(*CALLER_ERRORS, AssessmentNotFound, ConversationDeleted, ArchiveUnavailable)


@router.post(
    "/conversations/from-assessment",
    operation_id="create_conversation_from_assessment",
    responses={201: {"model": ConversationFromAssessment}, **OPENING},
)
@limited(Limit.CHAT_CONVERSATION_CREATE)
async def create_from_assessment(
    body: FromAssessment, principal: CurrentPrincipal, service: Service, response: Response
) -> ConversationFromAssessment:
    """The conversation about a result: 201 when it was opened now, 200 when it was there."""
    found, is_new = await service.from_assessment(principal, body)
    response.status_code = 201 if is_new else 200
    return found


@router.get(
    "/conversations/assessment-ready/{userId}",
    operation_id="get_assessment_ready",
    responses=responses(*CALLER_ERRORS, PersonNotFound, ArchiveUnavailable),
)
@limited(Limit.CHAT_ASSESSMENT_READY, per=Per.USER_OR_SERVICE)
async def get_assessment_ready(
    user_id: Annotated[UUID, Path(alias="userId")], asker: PrincipalOrService, service: Service
) -> AssessmentReady:
    """Whether a person has a result to talk about; another's is answered to services only."""
    return await service.ready(asker, user_id)


@router.post(
    "/conversations/auto-initialize",
    operation_id="auto_initialize_conversation",
    responses=responses(*SERVICE_ERRORS, PersonNotFound, AssessmentNotFound, ArchiveUnavailable),
)
@limited(Limit.CHAT_INITIALIZE, per=Per.SERVICE)
async def auto_initialize(body: AutoInitialize, service: Service) -> AutoInitialized:
    """Open somebody's conversation about a result, for a service with the internal key."""
    return await service.auto_initialize(body)


@router.post(
    "/conversations/{conversation_id}/context/assessment",
    operation_id="add_assessment_context",
    responses=responses(
        *CALLER_ERRORS, ConversationNotFound, AssessmentNotFound, ArchiveUnavailable
    ),
)
@limited(Limit.CHAT_CONVERSATION_UPDATE)
async def add_assessment_context(
    conversation_id: UUID, body: AddAssessment, principal: CurrentPrincipal, service: Service
) -> AddedContext:
    """Let a conversation know a result."""
    return await service.add_context(principal, conversation_id, body.assessment_id)


@router.get(
    "/assessment/{assessmentId}/conversation",
    operation_id="get_assessment_conversation",
    responses=responses(*CALLER_ERRORS),
)
@limited(Limit.CHAT_CONVERSATION_READ)
async def get_assessment_conversation(
    assessment_id: Annotated[AssessmentId, Path(alias="assessmentId")],
    principal: CurrentPrincipal,
    service: Service,
) -> AssessmentConversation:
    """The caller's conversation about this result, with its newest 50 messages."""
    return await service.conversation(principal, assessment_id)


@router.post(
    "/assessment/{assessmentId}/initialize",
    operation_id="initialize_assessment_conversation",
    responses=responses(*CALLER_ERRORS, AssessmentNotFound, ArchiveUnavailable),
)
@limited(Limit.CHAT_INITIALIZE)
async def initialize(
    assessment_id: Annotated[AssessmentId, Path(alias="assessmentId")],
    principal: CurrentPrincipal,
    service: Service,
    body: Initialize | None = None,
) -> Initialized:
    """Prepare the conversation about a result (again); one that was deleted comes back."""
    return await service.initialize(principal, assessment_id, body or Initialize())
