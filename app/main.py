"""create_app(): wiring only."""

import gc
import multiprocessing
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from importlib.metadata import version

import structlog
from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from starlette.middleware.cors import CORSMiddleware
from starlette.types import Lifespan

from app.career_profile.ikigai import router as ikigai_router
from app.career_profile.own_data import router as own_data_router
from app.career_profile.results import router as results_router
from app.career_profile.riasec import router as riasec_router
from app.career_profile.sessions import router as sessions_router
from app.core import health, metrics
from app.core.cache import make_cache, make_near_cache
from app.core.clock import Clock, utc_now
from app.core.database import Database
from app.core.errors import ANY_ROUTE_ERRORS, install_error_handlers, responses
from app.core.guard import Guard
from app.core.health import HealthChecks
from app.core.logging import configure_logging
from app.core.measured_cache import MeasuredCache
from app.core.middleware import RequestContext
from app.core.openapi import document_examples
from app.core.process import die_with_parent
from app.core.rate_limits import QUOTA_HEADERS, make_limiter
from app.core.redis import RedisLink
from app.core.security import make_login
from app.core.settings import ConfigurationError, Settings, reveal
from app.language_model import build_model, measured
from app.llm.ledger import UsageLedger
from app.llm.port import LanguageModel
from app.llm.probe import model_answers
from app.migrations import build_revisions
from app.model_usage.recorder import UsageRecorder
from app.reference.loader import EXAMPLES
from app.services import build_narratives, build_services

logger = structlog.get_logger()

API_PREFIX = "/api/v1"


def create_app(settings: Settings, clock: Clock = utc_now) -> FastAPI:
    """The application for these settings; `settings` must name a database."""
    dsn = settings.database_dsn()
    if dsn is None:
        raise ConfigurationError("DATABASE_URL or DB_HOST must be set")
    database = Database(settings, dsn)
    ledger = UsageLedger(clock)
    model = measured(build_model(settings, ledger.record), settings)
    redis = build_redis(settings)
    cache = make_cache(redis)
    near_cache = MeasuredCache(make_near_cache(cache, redis))
    narratives = build_narratives(settings, model, near_cache, redis)
    services = build_services(settings, database, model, MeasuredCache(cache), narratives, clock)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with UsageRecorder(database, ledger):
            yield
            await services.drain()
            await model.aclose()
        if redis is not None:
            await redis.aclose()
        database.close()

    app = bare_app(lifespan)
    app.state.services = services
    app.state.login = make_login(settings)
    app.state.guard = Guard(make_limiter(settings, redis), settings.trusted_proxies)
    app.state.health = build_health(settings, database, redis, model, app.version)
    app.state.internal_service_key = reveal(settings.internal_service_key)
    app.state.metrics_token = reveal(settings.metrics_token)
    install_error_handlers(app)
    allow_origins(app, settings.cors_origins)
    app.add_middleware(RequestContext, measured=settings.enable_metrics)
    include_routers(app, settings)
    return app


def bare_app(lifespan: Lifespan[FastAPI]) -> FastAPI:
    """Documentation without a network; FastAPI's own telemetry off: ops scrape /metrics."""
    app: FastAPI = FastAPIOffline(
        title="Kenali Diri",
        version=version("kenali-diri"),
        description="Tes minat RIASEC dan Ikigai: dari pertanyaan pertama sampai dua profesi.",
        lifespan=lifespan,
        redoc_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    document_examples(app, EXAMPLES)
    return app


def allow_origins(app: FastAPI, origins: Sequence[str]) -> None:
    """CORS for the web pages named; without any, a browser on another origin gets nothing."""
    if origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "X-Request-ID"],
            expose_headers=["X-Request-ID", "Retry-After", "ETag", *QUOTA_HEADERS],
        )


def build_health(
    settings: Settings,
    database: Database,
    redis: RedisLink | None,
    model: LanguageModel,
    app_version: str,
) -> HealthChecks:
    offline = settings.openrouter_api_key is None
    answers = partial(model_answers, model)
    return HealthChecks(database, redis, build_revisions(), offline, answers, app_version)


def include_routers(app: FastAPI, settings: Settings) -> None:
    app.include_router(health.router)
    if settings.enable_metrics:
        app.include_router(metrics.router)
    for module in (sessions_router, riasec_router, ikigai_router, results_router, own_data_router):
        app.include_router(module.router, prefix=API_PREFIX, responses=responses(*ANY_ROUTE_ERRORS))


def app_of_environment() -> FastAPI:
    """What the server loads: settings from the environment, logging, the application."""
    if (server := multiprocessing.parent_process()) is not None:
        die_with_parent(parent=server.pid)  # a worker never outlives the server that started it
    settings = Settings()
    configure_logging(settings.log_level, json_lines=not settings.is_local)
    app = create_app(settings)
    # What lives as long as the process need not be walked by every full collection: with it
    # one stops the event loop for 0.1 s under load, without it for 0.02 s.
    gc.collect()
    gc.freeze()
    return app


def build_redis(settings: Settings) -> RedisLink | None:
    """The link to the configured Redis; None says so in the log."""
    dsn = settings.redis_dsn()
    if dsn is None:
        logger.warning("in_process_cache", reason="neither REDIS_URL nor REDIS_HOST is set")
        return None
    return RedisLink(dsn, on_failure=metrics.redis_failures.inc)
