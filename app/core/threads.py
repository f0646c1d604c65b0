"""A few threads for short units of work, which wake the event loop once for many results."""

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")
Job = tuple["_Loop", "asyncio.Future[Any]", Callable[[], Any]]
Result = tuple["asyncio.Future[Any]", Any, BaseException | None]


class Busy(Exception):
    """No thread got free in time."""


@dataclass(slots=True)
class _Loop:
    """Results on their way to an event loop. `is_awake`: it was told that there are some."""

    loop: asyncio.AbstractEventLoop
    free: asyncio.Semaphore
    results: deque[Result] = field(default_factory=deque)
    is_awake: bool = False

    def send(self, result: Result) -> None:
        """From any thread. Telling the loop costs a system call: whoever finds it awake spares it.

        The loop falls asleep before it looks for results: one that comes too late for that look
        finds it asleep, and wakes it again.
        """
        self.results.append(result)
        if not self.is_awake:
            self.is_awake = True
            if not self.loop.is_closed():
                self.loop.call_soon_threadsafe(self._deliver)

    def _deliver(self) -> None:
        self.is_awake = False
        while self.results:
            future, value, error = self.results.popleft()
            self.free.release()
            if future.cancelled():
                continue
            if error is None:
                future.set_result(value)
            else:
                future.set_exception(error)


class WorkerThreads:
    """`count` threads, started when they are first needed. For one event loop at a time."""

    def __init__(self, count: int, name: str) -> None:
        self._count = count
        self._name = name
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._home: _Loop | None = None

    async def run(self, work: Callable[[], T], timeout_s: float) -> T:
        """What `work` returns or raises, from a thread; raises Busy when none gets free in time.

        A caller that is cancelled leaves: the work goes on, and its thread is free after it.
        """
        home = self._home_of(asyncio.get_running_loop())
        if home.free.locked():
            try:
                async with asyncio.timeout(timeout_s):
                    await home.free.acquire()
            except TimeoutError:
                raise Busy from None
        else:
            await home.free.acquire()  # at once
        future: asyncio.Future[T] = home.loop.create_future()
        if len(self._threads) < self._count:
            self._start_thread()
        self._jobs.put((home, future, work))
        return await future

    def close(self) -> None:
        """Let what was begun finish; nothing may be begun after."""
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join()

    def _home_of(self, loop: asyncio.AbstractEventLoop) -> _Loop:
        if self._home is None or self._home.loop is not loop:
            self._home = _Loop(loop, asyncio.Semaphore(self._count))
        return self._home

    def _start_thread(self) -> None:
        name = f"{self._name}-{len(self._threads)}"
        thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            home, future, work = job
            try:
                result: Result = (future, work(), None)
            except BaseException as error:
                result = (future, None, error)
            home.send(result)
            del job, future, work, result  # nothing of a request outlives it in an idle thread
