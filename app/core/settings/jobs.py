"""Durable jobs: who works, how often it looks, and when a dead worker's job is taken over."""

from typing import Annotated

from pydantic import BeforeValidator, Field
from pydantic_settings import BaseSettings

from app.core.settings.kinds import blank_is_none


class JobSettings(BaseSettings):
    """A session completes within 60 s of a process being up, without its user: at worst
    WORKER_STALL_S or FINALIZE_LEASE_S, then a third of WORKER_STALL_S until somebody looks, then
    WORKER_POLL_S, then the work itself.
    """

    worker_in_serve: bool = True
    worker_concurrency: Annotated[int, Field(ge=1, le=200)] = 20
    worker_pool_size: Annotated[int, Field(ge=1, le=20)] = 2
    worker_poll_s: Annotated[float, Field(gt=0)] = 2.0
    worker_stall_s: Annotated[float, Field(ge=1)] = 15.0
    worker_shutdown_s: Annotated[float, Field(ge=0)] = 10.0
    worker_metrics_host: str = "127.0.0.1"
    worker_metrics_port: Annotated[
        int | None, Field(ge=0, le=65535), BeforeValidator(blank_is_none)
    ] = None
    finalize_job_delay_s: Annotated[float, Field(ge=0)] = 10.0
    finalize_lease_s: Annotated[float, Field(ge=1)] = 15.0
    session_expiry_days: Annotated[int, Field(ge=1)] = 30
