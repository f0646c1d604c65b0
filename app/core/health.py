"""Whether the process lives, and whether what it depends on is there."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import structlog
from fastapi import APIRouter, Request, Response

from app.core.clock import utc_now
from app.core.database import Database
from app.core.errors import DomainError
from app.core.fields import Output
from app.core.migration_state import MigrationState, Revisions

logger = structlog.get_logger()
router = APIRouter(tags=["Operations"])

SERVICE = "kenali-diri"
CHECK_TIMEOUT_S = 2.0


class State(StrEnum):
    HEALTHY = "healthy"
    DEGRADED = "degraded"
    UNHEALTHY = "unhealthy"


class Liveness(Output):
    status: str
    timestamp: datetime


class DependencyState(Output):
    status: State


class Health(Output):
    status: State
    timestamp: datetime
    service: str
    version: str
    dependencies: dict[str, DependencyState]


@dataclass(frozen=True, slots=True)
class HealthChecks:
    """What `/health` looks at."""

    database: Database
    revisions: Revisions
    model_is_offline: bool
    version: str

    async def check(self) -> Health:
        """Unhealthy only when the database is unreachable or its migrations are behind."""
        states = {
            "database": await self._database_state(),
            "openrouter": State.DEGRADED if self.model_is_offline else State.HEALTHY,
        }
        worst = states["database"]
        if worst is State.HEALTHY and State.DEGRADED in states.values():
            worst = State.DEGRADED
        return Health(
            status=worst,
            timestamp=utc_now(),
            service=SERVICE,
            version=self.version,
            dependencies={name: DependencyState(status=state) for name, state in states.items()},
        )

    async def _database_state(self) -> State:
        try:
            async with asyncio.timeout(CHECK_TIMEOUT_S):
                found = await self.database.read(self.revisions.compare)
        except (DomainError, TimeoutError):
            return State.UNHEALTHY
        return {
            MigrationState.CURRENT: State.HEALTHY,
            MigrationState.AHEAD: State.DEGRADED,  # a rolling deploy: the newer build migrated
            MigrationState.BEHIND: State.UNHEALTHY,
        }[found]


@router.get("/health/live", operation_id="get_liveness")
async def live() -> Liveness:
    """The process answers."""
    return Liveness(status="alive", timestamp=utc_now())


@router.get(
    "/health",
    operation_id="get_health",
    responses={503: {"model": Health, "description": "Database unreachable or not migrated"}},
)
async def health(request: Request, response: Response) -> Health:
    """The state of the service and of what it depends on; no error texts."""
    checks: HealthChecks = request.app.state.health
    found = await checks.check()
    if found.status is State.UNHEALTHY:
        response.status_code = 503
    return found
