"""Named statements on the engine's tables, beside those that the engine itself runs."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import BigInteger, Text

# One statement: of two processes that find the same job, one hands it back.
HAND_BACK = text(
    """
    UPDATE procrastinate_jobs
    SET status = 'todo', attempts = attempts + 1, scheduled_at = NULL, worker_id = NULL,
        abort_requested = false
    WHERE id IN (
        SELECT job.id FROM procrastinate_jobs job
        LEFT JOIN procrastinate_workers worker ON worker.id = job.worker_id
        WHERE job.status = 'doing' AND (worker.id IS NULL
            OR worker.last_heartbeat < now() - :stall_s * interval '1 second'
            OR job.id = ANY(:forgotten))
        FOR UPDATE OF job SKIP LOCKED
    ) AND status = 'doing'
    RETURNING task_name
    """
).bindparams(bindparam("forgotten", type_=ARRAY(BigInteger)))

DOING_OF = text("SELECT id FROM procrastinate_jobs WHERE worker_id = :worker AND status = 'doing'")

DEPTH = text(
    """
    SELECT count(*) FILTER (WHERE status = 'todo') AS todo,
        count(*) FILTER (WHERE status = 'doing') AS doing,
        count(*) FILTER (WHERE status = 'failed') AS failed,
        coalesce(extract(epoch FROM max(now() - due_at)), 0) AS oldest_due_s
    FROM (
        SELECT status, CASE WHEN status = 'todo' THEN coalesce(scheduled_at, (
            SELECT max(at) FROM procrastinate_events event WHERE event.job_id = job.id
        )) END AS due_at
        FROM procrastinate_jobs job
    ) found
    """
)

LIVE_ARGUMENTS = text(
    """
    SELECT DISTINCT args->>:argument FROM procrastinate_jobs
    WHERE task_name = :task AND status IN ('todo', 'doing')
    """
)

HASTEN = text(
    """
    UPDATE procrastinate_jobs SET scheduled_at = NULL
    WHERE task_name = :task AND status = 'todo' AND scheduled_at > now()
    """
)

# One that runs stays: its worker ends it, and would find nothing to end.
FORGET_ABOUT = text(
    """
    DELETE FROM procrastinate_jobs
    WHERE status <> 'doing' AND EXISTS (
        SELECT FROM jsonb_each_text(args) argument
        JOIN unnest(:names, :values) AS wanted(name, value)
            ON argument.key = wanted.name AND argument.value = wanted.value
    )
    """
).bindparams(bindparam("names", type_=ARRAY(Text)), bindparam("values", type_=ARRAY(Text)))

FORGET_ENDED = text(
    """
    DELETE FROM procrastinate_jobs
    WHERE status IN ('succeeded', 'failed', 'cancelled', 'aborted') AND id IN (
        SELECT job_id FROM procrastinate_events
        GROUP BY job_id HAVING max(at) < now() - :days * interval '1 day'
    )
    """
)


@dataclass(frozen=True, slots=True)
class Depth:
    """Jobs in the table by status, and how long the oldest has been due (seconds, 0: none is)."""

    todo: int
    doing: int
    failed: int
    oldest_due_s: float


def hand_back_lost_jobs(
    connection: Connection, stall_s: float, forgotten: Collection[int]
) -> list[str]:
    """Make due again what nobody does: its worker is gone, or silent for `stall_s` seconds, or
    the worker itself knows nothing of it (`forgotten`). The tasks' names.
    """
    values = {"stall_s": stall_s, "forgotten": list(forgotten)}
    return list(connection.scalars(HAND_BACK, values))


def find_doing(connection: Connection, worker_id: int) -> set[int]:
    """The jobs that the table believes this worker to be doing."""
    return set(connection.scalars(DOING_OF, {"worker": worker_id}))


def measure_depth(connection: Connection) -> Depth:
    row = connection.execute(DEPTH).one()
    return Depth(row.todo, row.doing, row.failed, max(0.0, float(row.oldest_due_s)))


def live_arguments(connection: Connection, task: str, argument: str) -> set[str]:
    """The values of an argument for which a job waits or runs."""
    return set(connection.scalars(LIVE_ARGUMENTS, {"task": task, "argument": argument}))


def hasten(connection: Connection, task: str) -> None:
    """What its waiting jobs waited for is there: all of them are due now."""
    connection.execute(HASTEN, {"task": task})


def forget_jobs_about(connection: Connection, wanted: Mapping[str, Collection[str]]) -> int:
    """Delete the jobs with one of these values of an argument, except those that run; how many."""
    pairs = [(name, value) for name, values in wanted.items() for value in values]
    names, values = [name for name, _ in pairs], [value for _, value in pairs]
    return connection.execute(FORGET_ABOUT, {"names": names, "values": values}).rowcount


def forget_ended_jobs(connection: Connection, days: int) -> int:
    """Delete jobs that failed or were cancelled so long ago; how many."""
    return connection.execute(FORGET_ENDED, {"days": days}).rowcount
