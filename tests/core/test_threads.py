"""The threads of the database: many results, a bound on waiting, room after a cancelled call."""

import asyncio
import threading
from collections.abc import Iterator

import pytest

from app.core.threads import Busy, WorkerThreads


@pytest.fixture
def threads() -> Iterator[WorkerThreads]:
    made = WorkerThreads(2, "test")
    yield made
    made.close()


async def test_many_results_all_arrive(threads: WorkerThreads) -> None:
    found = await asyncio.gather(*(threads.run(lambda n=n: n * n, 5.0) for n in range(500)))  # type: ignore[misc]
    assert found == [n * n for n in range(500)]


async def test_an_error_reaches_who_waits_and_frees_the_thread(threads: WorkerThreads) -> None:
    def fail() -> None:
        raise LookupError("gone")

    for _ in range(5):
        with pytest.raises(LookupError, match="gone"):
            await threads.run(fail, 5.0)
    assert await threads.run(lambda: "on", 5.0) == "on"


async def test_busy_when_no_thread_gets_free_in_time(threads: WorkerThreads) -> None:
    go = threading.Event()
    held = [asyncio.create_task(threads.run(go.wait, 5.0)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(Busy):
        await threads.run(lambda: None, 0.01)
    go.set()
    assert await asyncio.gather(*held) == [True, True]


async def test_a_cancelled_call_gives_its_place_back_when_its_work_ends(
    threads: WorkerThreads,
) -> None:
    go = threading.Event()
    held = [asyncio.create_task(threads.run(go.wait, 5.0)) for _ in range(2)]
    await asyncio.sleep(0)
    for task in held:
        task.cancel()
    with pytest.raises(Busy):  # the work goes on, and so does the connection that it holds
        await threads.run(lambda: None, 0.01)
    go.set()
    assert await threads.run(lambda: "on", 5.0) == "on"


def test_one_event_loop_after_another(threads: WorkerThreads) -> None:
    for _ in range(3):
        assert asyncio.run(threads.run(lambda: "on", 5.0)) == "on"


def test_close_lets_what_was_begun_finish() -> None:
    threads = WorkerThreads(1, "test")
    done = threading.Event()
    begun, go = threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        go.wait(5)
        done.set()

    async def begin() -> None:
        task = asyncio.create_task(threads.run(work, 5.0))
        assert await asyncio.to_thread(begun.wait, 5)
        task.cancel()

    asyncio.run(begin())
    go.set()
    threads.close()
    assert done.is_set()
