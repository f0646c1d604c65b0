"""create_app(): wiring only."""

import asyncio
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
from app.chat.wiring import Chat, build_chat, include_chat
from app.core import exposition, health, metrics
from app.core.cache import make_cache, make_near_cache
from app.core.clock import Clock, utc_now
from app.core.database import Database
from app.core.errors import install_error_handlers
from app.core.front_door import FrontDoor
from app.core.guard import Guard
from app.core.health import HealthChecks
from app.core.idempotency import KEY_HEADER, REPLAYED_HEADER
from app.core.logging import configure_logging
from app.core.loop_lag import LoopLag
from app.core.measured_cache import MeasuredCache
from app.core.middleware import RequestContext
from app.core.openapi import document_examples
from app.core.process import die_with_parent
from app.core.rate_limits import QUOTA_HEADERS, make_limiter
from app.core.redis import RedisLink
from app.core.security import make_login, make_socket_login
from app.core.settings import ConfigurationError, Settings, reveal
from app.jobs.worker import JobWorker
from app.language_model import build_advisor, build_model, measured
from app.llm.ledger import UsageLedger
from app.llm.port import LanguageModel
from app.llm.probe import model_answers
from app.model_usage.recorder import UsageRecorder
from app.reference.loader import EXAMPLES
from app.revisions import build_revisions
from app.service_role import warn_of_bypass, warn_of_no_timeout
from app.services import build_kept_answers, build_narratives, build_services
from app.worker import build_worker

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
    limiter = make_limiter(settings, redis)
    chat = build_chat(settings, dsn, database, build_advisor(settings, model, limiter), clock)
    worker = build_worker(settings, dsn, database, services, chat)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await warn_of_bypass(database)
        await warn_of_no_timeout(database)
        async with LoopLag(), UsageRecorder(database, ledger), chat.notifications.hub:
            begin_work(settings, worker, chat)
            yield
            await asyncio.gather(worker.stop(), services.drain(), chat.drain())
            await model.aclose()
        if redis is not None:
            await redis.aclose()
        database.close()

    app = bare_app(lifespan)
    app.state.services = services
    app.state.chat, app.state.read_gauges = chat, chat.gauges.publish
    app.state.kept_answers = build_kept_answers(settings, database)
    app.state.health = build_health(settings, database, redis, model, chat, app.version)
    install_error_handlers(app)
    include_routers(app, settings)
    settle_access(app, settings, Guard(limiter, settings.trusted_proxies))
    app.add_middleware(RequestContext, measured=settings.enable_metrics)
    return app


def begin_work(settings: Settings, worker: JobWorker, chat: Chat) -> None:
    """Jobs, and the exchange with other services; where WORKER_IN_SERVE is off others do them."""
    if settings.worker_in_serve:
        worker.start()
        chat.begin()


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


def settle_access(app: FastAPI, settings: Settings, guard: Guard) -> None:
    """Who may come in, from where, and how often."""
    app.state.login = make_login(settings)
    app.state.socket_login = make_socket_login(settings)
    app.state.guard = guard
    app.state.internal_keys = settings.internal_keys
    app.state.metrics_token = reveal(settings.metrics_token)
    app.state.cors_origins = settings.cors_origins
    allow_origins(app, settings.cors_origins)


def allow_origins(app: FastAPI, origins: Sequence[str]) -> None:
    """CORS for the web pages named; without any, a browser on another origin gets nothing."""
    if origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["GET", "POST", "PUT", "DELETE"],
            allow_headers=[
                *("Authorization", "Content-Type", "Last-Event-ID", "X-Request-ID", KEY_HEADER)
            ],
            expose_headers=["X-Request-ID", "Retry-After", "ETag", REPLAYED_HEADER, *QUOTA_HEADERS],
        )


def build_health(
    settings: Settings,
    database: Database,
    redis: RedisLink | None,
    model: LanguageModel,
    chat: Chat,
    app_version: str,
) -> HealthChecks:
    offline = settings.openrouter_api_key is None
    answers = partial(model_answers, model)
    broker = None if chat.events is None else chat.events.broker.answers
    return HealthChecks(database, redis, broker, build_revisions(), offline, answers, app_version)


def include_routers(app: FastAPI, settings: Settings) -> None:
    # Routes with their whole path, which the front door looks for.
    modules = (ikigai_router, sessions_router, results_router, riasec_router, own_data_router)
    app.router.routes[:0] = [route for module in modules for route in module.router.routes]
    app.include_router(health.router)
    if settings.enable_metrics:
        app.include_router(exposition.router)
    include_chat(app)
    app.add_middleware(FrontDoor, routes=app.router.routes)


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
