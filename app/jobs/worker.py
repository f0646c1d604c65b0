"""The worker of a process: does due jobs, takes over those of dead workers, goes on after outages.

The engine is procrastinate, on a small pool of psycopg 3 connections of its own. What it leaves
open is closed here: its loop ends with the first failing query, and a job whose start or end it
could not read or write down would stay with it for ever.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import structlog
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.job_context import JobContext
from procrastinate.jobs import Job
from procrastinate.worker import Worker
from psycopg import Error as PsycopgError
from psycopg_pool import PoolTimeout
from sqlalchemy import Connection, make_url

from app.core import metrics
from app.core.database import Database
from app.core.errors import DatabaseUnavailable, Overloaded
from app.core.settings import Settings
from app.jobs import repository
from app.jobs.handlers import Handler, Handlers, Periodic
from app.jobs.retrying import Outcome, Postponed, RetryStrategy, outcome_of, wait_of

logger = structlog.get_logger()

ONCE = 1  # a periodic one: its next tick is its retry
BEATS_PER_STALL = 4  # three heartbeats in a row may be late
LOOKS_PER_STALL = 3
RESTART_S = 1.0
KEEP_FAILED_DAYS = 7
MAKE_UP_FOR_S = 86_400.0  # ticks older than a day are let go
FORGET_ENDED = "forget_ended_jobs"

# An outage is told once, by us.
logging.getLogger("psycopg.pool").setLevel(logging.ERROR)


class JobWorker:
    """Runs between `start` and `stop`; needs no reachable database to start."""

    def __init__(
        self, settings: Settings, dsn: str, database: Database, handlers: Handlers
    ) -> None:
        self._settings = settings
        self._dsn = dsn
        self._database = database
        self._handlers = handlers
        handlers.periodic(FORGET_ENDED, "41 3 * * *", self._forget_ended)
        self._running: set[int] = set()
        self._suspects: set[int] = set()
        self._engine: Worker | None = None
        self._stopping = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        for task in (*self._handlers.tasks, *self._handlers.periodic_tasks):
            for outcome in (Outcome.SUCCEEDED, Outcome.FAILED):
                metrics.jobs.labels(task, outcome)  # from 0: else an alert misses the first failure
        self._task = asyncio.create_task(self._work(), name="job-worker")

    async def stop(self) -> None:
        """Take no new job; let those that run finish within WORKER_SHUTDOWN_S, hand back the rest:
        another process begins them at once.
        """
        self._stopping = True
        if self._task is None:
            return
        self._task.cancel()
        # Beyond the bound only when PostgreSQL hangs; what is left is taken over as after a kill.
        await asyncio.wait({self._task}, timeout=self._settings.worker_shutdown_s + 5)

    async def _work(self) -> None:
        failing = False
        while not self._stopping:
            try:
                await self._run_engine()
                failing = False
            except (ConnectorException, PsycopgError, PoolTimeout) as error:
                if not failing:
                    logger.warning("job_worker_interrupted", reason=type(error).__name__)
                failing = True
            await asyncio.sleep(RESTART_S)

    async def _run_engine(self) -> None:
        """Until a query of the engine fails, or this task is cancelled."""
        engine = build_engine(self._settings, self._dsn, self._handlers)
        looking: asyncio.Task[None] | None = None
        try:
            await engine.open_async()
            self._engine = self._worker_of(engine)
            looking = asyncio.create_task(self._look_after_jobs(), name="job-upkeep")
            await self._engine.run()  # type: ignore[no-untyped-call]  # no annotation there
        finally:
            if looking is not None:
                looking.cancel()
            await engine.close_async()

    def _worker_of(self, engine: App) -> Worker:
        settings = self._settings
        return Worker(
            engine,
            concurrency=settings.worker_concurrency,
            fetch_job_polling_interval=settings.worker_poll_s,
            abort_job_polling_interval=settings.worker_stall_s,
            shutdown_graceful_timeout=settings.worker_shutdown_s,
            update_heartbeat_interval=settings.worker_stall_s / BEATS_PER_STALL,
            stalled_worker_timeout=settings.worker_stall_s,
            delete_jobs="successful",
            install_signal_handlers=False,
            worker_middleware=[self._observed],
        )

    async def _observed(
        self, call_next: Callable[[], Awaitable[Any]], context: JobContext, _: Worker
    ) -> Any:
        """Around each job: what this process is doing, and how it ended.

        To the engine a failed tick has ended well: its next one is its retry, and a row that says
        `failed` would call for somebody until it is a week old.
        """
        job = context.job
        self._running.add(job.id or 0)
        task = self._handlers.tasks.get(job.task_name)
        most_attempts = task.most_attempts if task else ONCE
        outcome = Outcome.SUCCEEDED
        try:
            return await call_next()
        except BaseException as error:
            outcome = outcome_of(error, job.attempts, most_attempts)
            if outcome in (Outcome.RETRIED, Outcome.FAILED):
                logger.warning(
                    "job_failed",
                    task=job.task_name,
                    job_id=job.id,
                    attempts=job.attempts + 1,
                    gives_up=outcome is Outcome.FAILED,
                    exc_info=error,
                )
            if outcome is Outcome.FAILED and job.task_name in self._handlers.periodic_tasks:
                return None
            if outcome is Outcome.FAILED and task is not None and task.given_up is not None:
                outcome = Outcome.POSTPONED
                await _tell(task.given_up, job)
                outcome = Outcome.FAILED
            raise
        finally:
            self._running.discard(job.id or 0)
            metrics.jobs.labels(job.task_name, outcome).inc()

    async def _look_after_jobs(self) -> None:
        while True:
            with suppress(DatabaseUnavailable, Overloaded):
                await self._database.transact(self._hand_back)
                depth = await self._database.read(repository.measure_depth)
                metrics.jobs_in_table.labels("todo").set(depth.todo)
                metrics.jobs_in_table.labels("doing").set(depth.doing)
                metrics.jobs_in_table.labels("failed").set(depth.failed)
                metrics.jobs_oldest_due.set(depth.oldest_due_s)
            await asyncio.sleep(self._settings.worker_stall_s / LOOKS_PER_STALL)

    def _hand_back(self, connection: Connection) -> None:
        """A job is forgotten when the table calls it ours at two looks and no task of ours does it:
        between fetching and beginning one, or ending and writing it down, there is a moment.
        """
        worker_id = self._engine.worker_id if self._engine else None
        ours = repository.find_doing(connection, worker_id) if worker_id is not None else set()
        unknown = ours - self._running
        lost = repository.hand_back_lost_jobs(
            connection, self._settings.worker_stall_s, unknown & self._suspects
        )
        self._suspects = unknown
        for task in lost:
            logger.warning("job_taken_over", task=task)

    async def _forget_ended(self) -> None:
        await self._database.transact(lambda c: repository.forget_ended_jobs(c, KEEP_FAILED_DAYS))


async def _tell(given_up: Handler, job: Job) -> None:
    """Raises Postponed when nobody could be told: the job runs, and tells, once more."""
    try:
        await given_up(**job.task_kwargs)
    except Exception as error:
        logger.warning("job_end_untold", task=job.task_name, job_id=job.id, exc_info=error)
        raise Postponed(wait_of(error, job.attempts)) from error


def build_engine(settings: Settings, dsn: str, handlers: Handlers) -> App:
    """The engine with every handler, on a pool of its own that is not open yet."""
    engine = App(
        connector=PsycopgConnector(
            conninfo=libpq_url(dsn),
            min_size=1,
            max_size=settings.worker_pool_size,
            kwargs={
                "connect_timeout": 3,
                "application_name": "kenali-diri-worker",
                "options": "-c timezone=UTC",
            },
        ),
        periodic_defaults={"max_delay": MAKE_UP_FOR_S},
    )
    for name, work in handlers.tasks.items():
        retry = RetryStrategy(work.most_attempts)
        engine.task(name=name, retry=retry)(_coroutine_of(work.handler))
    for periodic in handlers.periodic_tasks.values():
        # The lock: a tick that finds the one before at work waits for it.
        task = engine.task(name=periodic.name, lock=periodic.name, retry=RetryStrategy(ONCE))(
            _at_tick(periodic)
        )
        engine.periodic(cron=periodic.cron)(task)
    return engine


def _coroutine_of(handler: Handler) -> Handler:
    """The engine cancels, at its end, only what it sees to be a coroutine function."""

    async def run(**arguments: Any) -> None:
        await handler(**arguments)

    return run


def _at_tick(periodic: Periodic) -> Handler:
    async def run(timestamp: int) -> None:  # noqa: ARG001 - the engine names the tick
        await periodic.handler()

    return run


def libpq_url(dsn: str) -> str:
    """The database's URL as libpq reads it, without SQLAlchemy's name of a driver."""
    return make_url(dsn).set(drivername="postgresql").render_as_string(hide_password=False)
