"""A few threads for short units of work, which wake the event loop once for many results."""

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")
Result = tuple["asyncio.Future[Any]", Any, BaseException | None]


class Busy(Exception):
    """No thread got free in time."""


@dataclass(slots=True)
class _Job:
    """`taken`: held by the thread that does it, or by the loop that gave it up, never by both."""

    home: "_Loop"
    future: "asyncio.Future[Any]"
    work: Callable[[], Any]
    deadline: float = 0.0
    taken: threading.Lock = field(default_factory=threading.Lock)

    def take(self) -> bool:
        return self.taken.acquire(blocking=False)


@dataclass(slots=True)
class _Loop:
    """Results on their way to an event loop. `is_awake`: it was told that there are some."""

    loop: asyncio.AbstractEventLoop
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
            if future.cancelled():
                continue
            if error is None:
                future.set_result(value)
            else:
                future.set_exception(error)


class WorkerThreads:
    """`count` threads, started when they are first needed. For one event loop at a time.

    `wait_s`: how long work waits for one of them to get free.
    """

    def __init__(self, count: int, name: str, wait_s: float) -> None:
        self._count = count
        self._name = name
        self._wait_s = wait_s
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._home: _Loop | None = None
        # Those with a deadline, the earliest first. One timer stands for all of them.
        self._waiting: deque[_Job] = deque()
        self._watching = False

    async def run(self, work: Callable[[], T], *, patient: bool = False) -> T:
        """What `work` returns or raises, from a thread; first come, first served.

        Raises Busy when none gets free in time; `patient` work waits as long as it takes. A caller
        that is cancelled leaves: what was begun goes on, and its thread is free after it.
        """
        home = self._home_of(asyncio.get_running_loop())
        future: asyncio.Future[T] = home.loop.create_future()
        if len(self._threads) < self._count:
            self._start_thread()
        job = _Job(home, future, work)
        if not patient:
            self._watch(job)
        self._jobs.put(job)
        return await future

    def close(self) -> None:
        """Let what was begun finish; nothing may be begun after."""
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join()

    def _home_of(self, loop: asyncio.AbstractEventLoop) -> _Loop:
        if self._home is None or self._home.loop is not loop:
            self._home = _Loop(loop)
            self._waiting.clear()
            self._watching = False
        return self._home

    def _start_thread(self) -> None:
        name = f"{self._name}-{len(self._threads)}"
        thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _watch(self, job: _Job) -> None:
        job.deadline = job.home.loop.time() + self._wait_s
        while self._waiting and self._waiting[0].taken.locked():
            self._waiting.popleft()
        self._waiting.append(job)
        if not self._watching:
            self._watching = True
            job.home.loop.call_at(job.deadline, self._refuse_late, job.home)

    def _refuse_late(self, home: _Loop) -> None:
        """Give up what has waited too long, and look again when the next one has."""
        if home is not self._home:
            return
        now = home.loop.time()
        while self._waiting and self._waiting[0].deadline <= now:
            job = self._waiting.popleft()
            if job.take() and not job.future.done():
                job.future.set_exception(Busy())
        self._watching = bool(self._waiting)
        if self._waiting:
            home.loop.call_at(self._waiting[0].deadline, self._refuse_late, home)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            if not job.take() or job.future.cancelled():
                continue
            try:
                result: Result = (job.future, job.work(), None)
            except BaseException as error:
                result = (job.future, None, error)
            job.home.send(result)
            del job, result  # nothing of a request outlives it in an idle thread
