"""Whether the process lives, and whether what it depends on is there."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import structlog
from fastapi import APIRouter, Request, Response

from app.core.clock import utc_now
from app.core.database import Database
from app.core.errors import (
    DomainError,
    NotAuthenticated,
    Overloaded,
    ValidationFailed,
    responses,
)
from app.core.fields import Output
from app.core.migration_state import MigrationState, Revisions
from app.core.redis import RedisLink
from app.core.security import is_service

logger = structlog.get_logger()
router = APIRouter(tags=["Operations"])

SERVICE = "kenali-diri"
CHECK_TIMEOUT_S = 2.0  # beyond what the check may wait for a connection


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
    redis: RedisLink | None
    broker_answers: Callable[[], Awaitable[bool]] | None
    revisions: Revisions
    model_is_offline: bool
    model_answers: Callable[[], Awaitable[bool]]
    version: str

    async def check(self, *, full: bool = False) -> Health:
        """Unhealthy only when the database is unreachable or its migrations are behind.

        `full` also asks the model for one token; the offline model is not asked.
        """
        states = {
            "database": await self._database_state(),
            "redis": await self._redis_state(),
            "openrouter": await self._model_state(full=full),
        }
        if self.broker_answers is not None:
            there = await self.broker_answers()
            states["rabbitmq"] = State.HEALTHY if there else State.DEGRADED
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

    async def _redis_state(self) -> State:
        """Nothing is amiss where no Redis is configured: the process counts and caches itself."""
        answers = self.redis is None or await self.redis.answers()
        return State.HEALTHY if answers else State.DEGRADED

    async def _model_state(self, *, full: bool) -> State:
        answers = not self.model_is_offline and (not full or await self.model_answers())
        return State.HEALTHY if answers else State.DEGRADED

    async def _database_state(self) -> State:
        try:
            async with asyncio.timeout(self.database.wait_s + CHECK_TIMEOUT_S):
                found = await self.database.read(self.revisions.compare)
        except Overloaded:  # many people are no outage, threads that hang are one
            return State.UNHEALTHY if self.database.is_hung else State.DEGRADED
        except (DomainError, TimeoutError):
            return State.UNHEALTHY
        return {
            MigrationState.CURRENT: State.HEALTHY,
            MigrationState.AHEAD: State.DEGRADED,  # a rolling deploy: the newer build migrated
            MigrationState.BEHIND: State.UNHEALTHY,
        }[found]


HEALTH_ERRORS: dict[int | str, dict[str, Any]] = {
    503: {"model": Health, "description": "Database unreachable or not migrated"},
    **responses(NotAuthenticated, ValidationFailed),
}


@router.get("/health/live", operation_id="get_liveness")
async def live() -> Liveness:
    """The process answers."""
    return Liveness(status="alive", timestamp=utc_now())


@router.get(
    "/health",
    operation_id="get_health",
    responses=HEALTH_ERRORS,
)
async def health(request: Request, response: Response, full: bool = False) -> Health:
    """The state of the service and of what it depends on; no error texts.

    `full=true` also asks the model for one token, which costs money: X-Internal-Key is needed,
    and no user may be named.
    """
    if full and not is_service(request):
        raise NotAuthenticated
    checks: HealthChecks = request.app.state.health
    found = await checks.check(full=full)
    if found.status is State.UNHEALTHY:
        response.status_code = 503
    return found
