"""The threads of the database: many results, a bound on waiting, room after a cancelled call."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator

import pytest

from app.core.threads import Busy, Hung, WorkerThreads


@pytest.fixture
def threads() -> Iterator[WorkerThreads]:
    made = WorkerThreads(2, "test", wait_s=5.0, longest_s=10.0)
    yield made
    made.close()


async def test_many_results_all_arrive(threads: WorkerThreads) -> None:
    found = await asyncio.gather(*(threads.run(lambda n=n: n * n) for n in range(500)))  # type: ignore[misc]
    assert found == [n * n for n in range(500)]


async def test_an_error_reaches_who_waits_and_frees_the_thread(threads: WorkerThreads) -> None:
    def fail() -> None:
        raise LookupError("gone")

    for _ in range(5):
        with pytest.raises(LookupError, match="gone"):
            await threads.run(fail)
    assert await threads.run(lambda: "on") == "on"


@pytest.fixture
def hasty() -> Iterator[WorkerThreads]:
    made = WorkerThreads(2, "test", wait_s=0.01, longest_s=10.0)
    yield made
    made.close()


@pytest.fixture
async def go(hasty: WorkerThreads) -> AsyncIterator[threading.Event]:
    """Both threads of `hasty` are held until it is set."""
    event = threading.Event()
    held = [asyncio.create_task(hasty.run(event.wait, patient=True)) for _ in range(2)]
    await asyncio.sleep(0)
    yield event
    event.set()
    assert await asyncio.gather(*held) == [True, True]


async def test_busy_when_no_thread_gets_free_in_time(
    hasty: WorkerThreads, go: threading.Event
) -> None:
    done = []
    for _ in range(2):  # the second finds the first one's timer gone
        with pytest.raises(Busy):
            await hasty.run(lambda: done.append("late"))
    go.set()
    assert await hasty.run(lambda: "on", patient=True) == "on"
    assert done == []  # what was refused is not done later


async def test_patient_work_waits_as_long_as_it_takes(
    hasty: WorkerThreads, go: threading.Event
) -> None:
    patient = asyncio.create_task(hasty.run(lambda: "on", patient=True))
    with pytest.raises(Busy):
        await hasty.run(lambda: None)
    go.set()
    assert await patient == "on"


async def test_a_cancelled_call_gives_its_place_back_when_its_work_ends(
    hasty: WorkerThreads,
) -> None:
    go, begun = threading.Event(), threading.Barrier(3)

    def hold() -> None:
        begun.wait(5)
        go.wait(5)

    held = [asyncio.create_task(hasty.run(hold, patient=True)) for _ in range(2)]
    await asyncio.to_thread(begun.wait, 5)
    for task in held:
        task.cancel()
    with pytest.raises(Busy):  # the work goes on, and so does the connection that it holds
        await hasty.run(lambda: None)
    go.set()
    assert await hasty.run(lambda: "on", patient=True) == "on"


async def test_a_call_that_is_cancelled_while_it_waits_is_never_begun(
    hasty: WorkerThreads, go: threading.Event
) -> None:
    done = []
    waiting = asyncio.create_task(hasty.run(lambda: done.append("on"), patient=True))
    await asyncio.sleep(0)
    waiting.cancel()
    go.set()
    await hasty.run(lambda: None, patient=True)
    await hasty.run(lambda: None, patient=True)
    assert done == []


async def test_hung_when_the_work_is_not_done_in_time() -> None:
    threads = WorkerThreads(2, "test", wait_s=5.0, longest_s=0.01)
    go = threading.Event()
    for _ in range(2):  # the second finds the first one's timer gone
        with pytest.raises(Hung):
            await threads.run(lambda: go.wait(5))
    patient = asyncio.create_task(threads.run(lambda: "on", patient=True))
    go.set()
    assert await patient == "on"  # the threads are free again when their work is done
    threads.close()


def test_one_event_loop_after_another(threads: WorkerThreads) -> None:
    for _ in range(3):
        assert asyncio.run(threads.run(lambda: "on")) == "on"


def test_close_lets_what_was_begun_finish() -> None:
    threads = WorkerThreads(1, "test", wait_s=5.0, longest_s=10.0)
    done = threading.Event()
    begun, go = threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        go.wait(5)
        done.set()

    async def begin() -> None:
        task = asyncio.create_task(threads.run(work))
        assert await asyncio.to_thread(begun.wait, 5)
        task.cancel()

    asyncio.run(begin())
    go.set()
    threads.close()
    assert done.is_set()
