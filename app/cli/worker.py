"""`python -m app worker`: the durable jobs without the HTTP interface."""

import asyncio
import signal

import structlog
from fastapi import FastAPI

from app.cli.environment import as_service, prepare_database, ready_settings
from app.main import create_app

logger = structlog.get_logger()


def work() -> None:
    """Do jobs until SIGTERM or Ctrl-C, which let those that run finish or hand them back."""
    with ready_settings() as (settings, embedded):
        if embedded:
            prepare_database(settings, embedded=True)
        service = as_service(settings, embedded=embedded)
        working = service.model_copy(update={"worker_in_serve": True})
        asyncio.run(run_until_told(create_app(working)))


async def run_until_told(app: FastAPI) -> None:
    """The application alive, with its worker, and without a port."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    async with app.router.lifespan_context(app):
        logger.info("worker_started")
        await told.wait()
    logger.info("worker_stopped")
