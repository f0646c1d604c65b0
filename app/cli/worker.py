"""`python -m app worker`: the durable jobs without the HTTP interface."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import structlog
import uvicorn
from fastapi import FastAPI

from app.cli.environment import as_service, prepare_database, ready_settings
from app.cli.serve import listening
from app.core import exposition, health
from app.core.errors import install_error_handlers
from app.core.settings import Settings
from app.main import create_app

logger = structlog.get_logger()


def work() -> None:
    """Do jobs until SIGTERM or Ctrl-C, which let those that run finish or hand them back."""
    with ready_settings() as (settings, embedded):
        if embedded:
            prepare_database(settings, embedded=True)
        service = as_service(settings, embedded=embedded)
        working = service.model_copy(update={"worker_in_serve": True})
        asyncio.run(run_until_told(create_app(working), working))


async def run_until_told(app: FastAPI, settings: Settings) -> None:
    """The application alive, with its worker; of its routes at most those that ops ask for."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    async with app.router.lifespan_context(app), watchable(app, settings):
        logger.info("worker_started")
        await told.wait()
    logger.info("worker_stopped")


@asynccontextmanager
async def watchable(app: FastAPI, settings: Settings) -> AsyncIterator[None]:
    """Serve /metrics and /health on WORKER_METRICS_PORT, when it is set.

    Raises CommandError when the port is busy.
    """
    if settings.worker_metrics_port is None:
        yield
        return
    with listening(settings.worker_metrics_host, settings.worker_metrics_port) as listener:
        config = uvicorn.Config(
            routes_for_ops(app),
            lifespan="off",
            access_log=False,
            log_config=None,
            server_header=False,
            proxy_headers=False,
        )
        server = Unsignalled(config)
        serving = asyncio.create_task(server.serve(sockets=[listener]), name="worker-metrics")
        try:
            yield
        finally:
            server.should_exit = True
            await serving


def routes_for_ops(app: FastAPI) -> FastAPI:
    """What Prometheus and a supervisor ask of a worker, about the state of `app`."""
    ops = FastAPI(openapi_url=None)
    ops.state = app.state
    install_error_handlers(ops)
    ops.include_router(health.router)
    ops.include_router(exposition.router)
    return ops


class Unsignalled(uvicorn.Server):
    """Ends when it is told: the signals are the worker's."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
