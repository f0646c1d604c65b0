"""Durable jobs, enqueued in the transaction of the change that asks for them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from procrastinate import App
from procrastinate.contrib.sqlalchemy import SQLAlchemyPsycopg2Connector
from procrastinate.exceptions import ConnectorException
from sqlalchemy import Connection
from sqlalchemy.exc import PendingRollbackError

from app.core.clock import utc_now

# It only writes, on connections that are given to it; the worker has an engine of its own.
_engine = App(connector=SQLAlchemyPsycopg2Connector())


@dataclass(frozen=True, slots=True)
class Job:
    """Work for the handler of `task`, at least once, not before `due_in_s` seconds from now.

    `arguments` are ids and numbers, never what a person wrote: they are logged.
    """

    task: str
    arguments: Mapping[str, int | str]
    due_in_s: float = 0.0


def enqueue(connection: Connection, *jobs: Job) -> None:
    """Add the jobs in the caller's transaction: rolled back, they never were. One statement a job.

    A worker hears of them at the commit. Raises what any other statement would: a DBAPIError.
    """
    for job in jobs:
        due = utc_now() + timedelta(seconds=job.due_in_s) if job.due_in_s else None
        task = _engine.configure_task(job.task, schedule_at=due, connection=connection)
        try:
            task.defer(**job.arguments)
        except ConnectorException as error:
            raise _said_by_the_driver(error) from None


def _said_by_the_driver(error: ConnectorException) -> BaseException:
    """procrastinate wraps it, and on a lost connection tries again: that is refused for the
    transaction that was lost.
    """
    cause = error.__cause__
    if isinstance(cause, PendingRollbackError):
        cause = cause.__context__
    return cause or error
