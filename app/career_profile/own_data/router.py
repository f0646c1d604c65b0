"""Routes of a person's own data."""

from fastapi import APIRouter, Request

from app.career_profile import PREFIX, errors
from app.career_profile.own_data.schemas import Deleted, OwnDataExport
from app.career_profile.own_data.service import OwnDataService
from app.core.errors import CALLER_ERRORS, responses
from app.core.fields import SessionToken
from app.core.guard import GuardedRoute, limited
from app.core.rate_limits import Limit
from app.core.security import principal_of

router = APIRouter(prefix=PREFIX, tags=["Own data"], route_class=GuardedRoute)


def get_service(request: Request) -> OwnDataService:
    service: OwnDataService = request.app.state.services.own_data
    return service


@router.get("/me/export", operation_id="export_own_data", responses=responses(*CALLER_ERRORS))
@limited(Limit.EXPORT)
async def export_own_data(request: Request) -> OwnDataExport:
    """All runs of the caller with every stored document."""
    return await get_service(request).export(principal_of(request))


@router.delete("/me", operation_id="delete_own_data", responses=responses(*CALLER_ERRORS))
@limited(Limit.DELETE_ALL)
async def delete_own_data(request: Request) -> Deleted:
    """Delete every run of the caller; wallet and ledger stay."""
    return await get_service(request).delete_all(principal_of(request))


@router.delete(
    "/sessions/{session_token}",
    operation_id="delete_session",
    responses=responses(*CALLER_ERRORS, errors.SessionNotFound),
)
@limited(Limit.DELETE_SESSION)
async def delete_session(session_token: SessionToken, request: Request) -> Deleted:
    """Delete one run with all that belongs to it."""
    return await get_service(request).delete_session(principal_of(request), session_token)
