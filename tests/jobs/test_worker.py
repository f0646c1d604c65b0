"""Durable jobs: at least once, never before their commit, over failures of worker and database."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, text

from app.core import metrics
from app.core.database import Database
from app.jobs.handlers import Handlers
from app.jobs.queue import Job, enqueue
from app.jobs.retrying import Postponed
from tests.jobs.conftest import StartWorker
from tests.support.rows import execute
from tests.support.working import jobs_of


class Recorder:
    """A handler that notes its calls and behaves as told, the last behaviour for ever."""

    def __init__(self, *behaviours: Callable[[], Any]) -> None:
        self.calls: list[dict[str, Any]] = []
        self._behaviours = list(behaviours)
        self._called = asyncio.Condition()

    async def __call__(self, **arguments: Any) -> None:
        self.calls.append(arguments)
        async with self._called:
            self._called.notify_all()
        if self._behaviours:
            behave = self._behaviours.pop(0) if len(self._behaviours) > 1 else self._behaviours[0]
            await behave() if asyncio.iscoroutinefunction(behave) else behave()

    async def called(self, times: int, seconds: float = 10.0) -> None:
        async with asyncio.timeout(seconds), self._called:
            await self._called.wait_for(lambda: len(self.calls) >= times)


def fails() -> None:
    raise ValueError("what a person wrote")


def succeeds() -> None:
    pass


async def hangs() -> None:
    await asyncio.Event().wait()


async def until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - it lies in the database
            await asyncio.sleep(0.02)


def handlers_of(**handlers: Recorder) -> Handlers:
    found = Handlers()
    for name, handler in handlers.items():
        found.on(name, handler)
    return found


class TestEnqueue:
    async def test_done_once_and_forgotten(
        self, database: Database, own_engine: Engine, start_worker: StartWorker
    ) -> None:
        handler = Recorder()
        await start_worker(handlers_of(greet=handler))
        await database.transact(lambda c: enqueue(c, Job("greet", {"number": 7, "name": "a"})))
        await handler.called(1)
        await until(lambda: jobs_of(own_engine, "greet") == [])
        assert handler.calls == [{"number": 7, "name": "a"}]
        assert value_of(metrics.jobs.labels("greet", "succeeded")) == 1

    async def test_rolled_back_it_never_was(
        self, database: Database, own_engine: Engine, start_worker: StartWorker
    ) -> None:
        def change_its_mind(connection: Any) -> None:
            enqueue(connection, Job("never", {}))
            raise LookupError

        handler, later = Recorder(), Recorder()
        await start_worker(handlers_of(never=handler, later=later))
        with pytest.raises(LookupError):
            await database.transact(change_its_mind)
        await database.transact(lambda c: enqueue(c, Job("later", {})))
        await later.called(1)
        assert handler.calls == []
        assert jobs_of(own_engine, "never") == []

    async def test_not_before_it_is_due(
        self, database: Database, own_engine: Engine, start_worker: StartWorker
    ) -> None:
        handler = Recorder()
        await start_worker(handlers_of(soon=handler))
        loop = asyncio.get_running_loop()
        asked = loop.time()
        await database.transact(lambda c: enqueue(c, Job("soon", {}, due_in_s=0.6)))
        await handler.called(1)
        assert 0.5 < loop.time() - asked < 5


class TestFailures:
    async def test_a_failure_is_tried_again_later(
        self, database: Database, own_engine: Engine, start_worker: StartWorker
    ) -> None:
        handler = Recorder(fails, succeeds)
        await start_worker(handlers_of(shaky=handler))
        await database.transact(lambda c: enqueue(c, Job("shaky", {})))
        await until(lambda: jobs_of(own_engine, "shaky") == [("todo", 1)])
        wait = seconds_until_due(own_engine, "shaky")
        assert 3 < wait <= 5  # the first wait of a growing series
        execute(own_engine, "UPDATE procrastinate_jobs SET scheduled_at = now()")
        await handler.called(2)
        await until(lambda: jobs_of(own_engine, "shaky") == [])

    async def test_a_postponed_job_keeps_its_time(
        self, database: Database, own_engine: Engine, start_worker: StartWorker
    ) -> None:
        def postpone() -> None:
            raise Postponed(40)

        await start_worker(handlers_of(patient=Recorder(postpone)))
        await database.transact(lambda c: enqueue(c, Job("patient", {})))
        await until(lambda: jobs_of(own_engine, "patient") == [("todo", 1)])
        assert 35 < seconds_until_due(own_engine, "patient") <= 40
        execute(own_engine, "DELETE FROM procrastinate_jobs WHERE task_name = 'patient'")

    async def test_who_could_not_be_told_of_the_end_is_told_later(
        self, database: Database, own_engine: Engine, start_worker: StartWorker
    ) -> None:
        handlers = Handlers()
        failing, telling = Recorder(fails), Recorder(fails, succeeds)
        handlers.on("hopeless", failing, most_attempts=1, given_up=telling)
        await start_worker(handlers)
        await database.transact(lambda c: enqueue(c, Job("hopeless", {"number": 3})))
        await until(lambda: jobs_of(own_engine, "hopeless") == [("todo", 1)])
        assert value_of(metrics.jobs.labels("hopeless", "failed")) == 0
        execute(own_engine, "UPDATE procrastinate_jobs SET scheduled_at = now()")
        await until(lambda: jobs_of(own_engine, "hopeless") == [("failed", 2)])
        assert telling.calls == [{"number": 3}] * 2
        assert len(failing.calls) == 2
        assert value_of(metrics.jobs.labels("hopeless", "failed")) == 1
        execute(own_engine, "DELETE FROM procrastinate_jobs WHERE task_name = 'hopeless'")

    async def test_an_interrupted_connection_is_survived(
        self, database: Database, own_engine: Engine, start_worker: StartWorker
    ) -> None:
        """Whatever the worker was doing at that moment, the next job is done."""
        handler = Recorder()
        await start_worker(handlers_of(after=handler))
        for count in range(1, 3):
            await database.transact(lambda c: enqueue(c, Job("after", {})))
            await handler.called(count)
            killed = execute(
                own_engine,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name ="
                " 'kenali-diri-worker' AND datname = current_database()",
            )
            assert killed
        await database.transact(lambda c: enqueue(c, Job("after", {})))
        await handler.called(3)
        await until(lambda: jobs_of(own_engine, "after") == [])


class TestLostJobs:
    async def test_of_a_dead_worker(
        self, database: Database, own_engine: Engine, start_worker: StartWorker
    ) -> None:
        """As SIGKILL leaves it: being done, by a worker whose heart has stopped."""
        await database.transact(lambda c: enqueue(c, Job("orphan", {"number": 1})))
        execute(
            own_engine,
            "WITH dead AS (INSERT INTO procrastinate_workers (last_heartbeat)"
            " VALUES (now() - interval '1 minute') RETURNING id)"
            " UPDATE procrastinate_jobs SET status = 'doing', worker_id = dead.id FROM dead"
            " WHERE task_name = 'orphan'",
        )
        handler = Recorder()
        await start_worker(handlers_of(orphan=handler))
        await handler.called(1)
        await until(lambda: jobs_of(own_engine, "orphan") == [])

    async def test_of_a_living_worker_that_does_not_know_it(
        self, database: Database, own_engine: Engine, start_worker: StartWorker
    ) -> None:
        """The answer to a fetch was lost on the way: the table says ours, nobody does it."""
        started = Recorder()
        handler = Recorder()
        await start_worker(handlers_of(started=started, forgotten=handler))
        await database.transact(lambda c: enqueue(c, Job("started", {})))
        await started.called(1)

        def lose(connection: Any) -> None:
            enqueue(connection, Job("forgotten", {}, due_in_s=60))
            connection.execute(
                text(
                    "UPDATE procrastinate_jobs SET status = 'doing', worker_id ="
                    " (SELECT max(id) FROM procrastinate_workers) WHERE task_name = 'forgotten'"
                )
            )

        await database.transact(lose)
        await handler.called(1)

    async def test_a_long_job_is_left_to_its_worker(
        self, database: Database, own_engine: Engine, start_worker: StartWorker
    ) -> None:
        """Three times the stall timeout, two workers: one run."""
        done = asyncio.Event()

        async def last() -> None:
            await asyncio.sleep(3)
            done.set()

        handler = Recorder(last)
        for _ in range(2):
            await start_worker(handlers_of(long=handler))
        await database.transact(lambda c: enqueue(c, Job("long", {})))
        async with asyncio.timeout(10):
            await done.wait()
        assert len(handler.calls) == 1


class TestStop:
    async def test_what_does_not_end_in_time_is_handed_back(
        self, database: Database, own_engine: Engine, start_worker: StartWorker
    ) -> None:
        handler = Recorder(hangs, succeeds)
        first = await start_worker(handlers_of(slow=handler))
        await database.transact(lambda c: enqueue(c, Job("slow", {})))
        await handler.called(1)
        await first.stop()
        assert jobs_of(own_engine, "slow") == [("todo", 1)]
        await start_worker(handlers_of(slow=handler))
        await handler.called(2, seconds=0.9)  # at once, not after the stall timeout of 1 s


class TestPeriodic:
    async def test_once_a_tick_over_two_workers(self, start_worker: StartWorker) -> None:
        handler = Recorder()
        for _ in range(2):
            handlers = Handlers()
            handlers.periodic("tick", "* * * * * *", handler)
            await start_worker(handlers)
        loop = asyncio.get_running_loop()
        began = loop.time()
        await handler.called(3)
        # The tick before the start is made up for; then one each second.
        assert len(handler.calls) <= loop.time() - began + 2

    async def test_a_failing_tick_is_counted_and_left_to_the_next(
        self, own_engine: Engine, start_worker: StartWorker
    ) -> None:
        """A `failed` row would call for somebody until it is a week old."""
        handlers = Handlers()
        handlers.periodic("failing", "* * * * *", failing := Recorder(fails))
        await start_worker(handlers)
        counted = metrics.jobs.labels("failing", "failed")
        before = value_of(counted)
        await failing.called(1)
        await until(lambda: jobs_of(own_engine, "failing") == [])
        assert value_of(counted) > before

    def test_a_name_is_taken_once(self) -> None:
        handlers = handlers_of(one=Recorder())
        with pytest.raises(ValueError, match="one"):
            handlers.periodic("one", "* * * * *", Recorder())


def seconds_until_due(engine: Engine, task: str) -> float:
    statement = text(
        "SELECT extract(epoch FROM scheduled_at - now()) FROM procrastinate_jobs"
        " WHERE task_name = :task"
    )
    with engine.connect() as connection:
        return float(connection.execute(statement, {"task": task}).scalar_one())


def value_of(counter: Any) -> float:
    return float(counter._value.get())
