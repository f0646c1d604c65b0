"""Routes of a person's own data."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from app.career_profile import errors
from app.career_profile.own_data.schemas import Deleted, OwnDataExport
from app.career_profile.own_data.service import OwnDataService
from app.core.errors import CALLER_ERRORS, responses
from app.core.fields import SessionToken
from app.core.guard import GuardedRoute, limited
from app.core.rate_limits import Limit
from app.core.security import CurrentPrincipal

router = APIRouter(prefix="/career-profile", tags=["Own data"], route_class=GuardedRoute)


def get_service(request: Request) -> OwnDataService:
    service: OwnDataService = request.app.state.services.own_data
    return service


Service = Annotated[OwnDataService, Depends(get_service)]


@router.get("/me/export", operation_id="export_own_data", responses=responses(*CALLER_ERRORS))
@limited(Limit.EXPORT)
async def export_own_data(principal: CurrentPrincipal, service: Service) -> OwnDataExport:
    """All runs of the caller with every stored document."""
    return await service.export(principal)


@router.delete("/me", operation_id="delete_own_data", responses=responses(*CALLER_ERRORS))
@limited(Limit.DELETE_ALL)
async def delete_own_data(principal: CurrentPrincipal, service: Service) -> Deleted:
    """Delete every run of the caller; wallet and ledger stay."""
    return await service.delete_all(principal)


@router.delete(
    "/sessions/{session_token}",
    operation_id="delete_session",
    responses=responses(*CALLER_ERRORS, errors.SessionNotFound),
)
@limited(Limit.DELETE_SESSION)
async def delete_session(
    session_token: SessionToken, principal: CurrentPrincipal, service: Service
) -> Deleted:
    """Delete one run with all that belongs to it."""
    return await service.delete_session(principal, session_token)
