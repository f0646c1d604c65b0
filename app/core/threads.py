"""A few threads for short units of work, which wake the event loop once for many results."""

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")
MANY = 1_000
Result = tuple["asyncio.Future[Any]", Any, BaseException | None]


class Busy(Exception):
    """No thread got free in time."""


class Hung(Exception):
    """A thread is at it for too long. What it does goes on."""


@dataclass(slots=True)
class _Job:
    """`taken`: held by the thread that does it, or by the loop that gave it up, never by both."""

    home: "_Loop"
    future: "asyncio.Future[Any]"
    work: Callable[[], Any]
    taken: threading.Lock = field(default_factory=threading.Lock)
    is_over: bool = False

    def take(self) -> bool:
        return self.taken.acquire(blocking=False)

    def refuse(self) -> None:
        """It has waited too long for a thread."""
        if self.take() and not self.future.done():
            self.future.set_exception(Busy())

    def give_up(self) -> None:
        """It has taken too long, with or without a thread."""
        if not self.future.done():
            self.future.set_exception(Hung())


class _Watch:
    """Jobs in the order in which their time is over; one timer stands for all of them."""

    def __init__(
        self,
        seconds: float,
        is_settled: Callable[[_Job], bool],
        end: Callable[[_Job], None],
    ) -> None:
        self._seconds = seconds
        self._is_settled = is_settled
        self._end = end
        self._jobs: deque[tuple[float, _Job]] = deque()
        self._many = MANY
        self._loop: asyncio.AbstractEventLoop | None = None

    def add(self, job: _Job) -> None:
        loop, jobs = job.home.loop, self._jobs
        if self._loop is not None and self._loop is not loop:  # that of before has ended
            jobs.clear()
            self._loop = None
        while jobs and self._is_settled(jobs[0][1]):
            jobs.popleft()
        if len(jobs) > self._many:  # one that hangs keeps others, with their results, behind it
            self._jobs = jobs = deque(entry for entry in jobs if not self._is_settled(entry[1]))
            self._many = MANY + 2 * len(jobs)
        deadline = loop.time() + self._seconds
        jobs.append((deadline, job))
        if self._loop is None:
            self._loop = loop
            loop.call_at(deadline, self._look, loop)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        """End what is late, and look again when the time of the next one is over."""
        if loop is not self._loop:
            return
        now, jobs = loop.time(), self._jobs
        while jobs and (jobs[0][0] <= now or self._is_settled(jobs[0][1])):
            self._end(jobs.popleft()[1])
        if jobs:
            loop.call_at(jobs[0][0], self._look, loop)
        else:
            self._loop = None


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
            if future.done():  # nobody waits for it any longer
                continue
            if error is None:
                future.set_result(value)
            else:
                future.set_exception(error)


class WorkerThreads:
    """`count` threads, started when they are first needed. For one event loop at a time.

    `wait_s`: how long work waits for one of them to get free; `longest_s`: how long its caller
    waits for it in all.
    """

    def __init__(self, count: int, name: str, wait_s: float, longest_s: float) -> None:
        self._count = count
        self._name = name
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._home: _Loop | None = None
        self._waiting = _Watch(wait_s, lambda job: job.taken.locked(), _Job.refuse)
        self._unfinished = _Watch(longest_s, lambda job: job.future.done(), self._give_up)
        self._given_up: list[_Job] = []

    async def run(self, work: Callable[[], T], *, patient: bool = False) -> T:
        """What `work` returns or raises, from a thread; first come, first served.

        Raises Busy when none gets free in time, Hung when the work is not done in time; `patient`
        work takes as long as it takes. A caller that leaves or is given up leaves its work: what
        was begun goes on, and its thread is free after it.
        """
        loop = asyncio.get_running_loop()
        home = self._home
        if home is None or home.loop is not loop:
            home = self._home = _Loop(loop)
        if len(self._threads) < self._count:
            self._start_thread()
        job = _Job(home, loop.create_future(), work)
        if not patient:
            self._waiting.add(job)
            self._unfinished.add(job)
        self._jobs.put(job)
        future: asyncio.Future[T] = job.future
        return await future

    @property
    def is_hung(self) -> bool:
        """Whether a thread is still at work that was given up."""
        self._given_up = [job for job in self._given_up if not job.is_over]
        return bool(self._given_up)

    def close(self) -> None:
        """Let what was begun finish; nothing may be begun after."""
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join()

    def _give_up(self, job: _Job) -> None:
        if not job.take():
            self._given_up = [*(one for one in self._given_up if not one.is_over), job]
        job.give_up()

    def _start_thread(self) -> None:
        name = f"{self._name}-{len(self._threads)}"
        thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            if not job.take() or job.future.done():
                continue
            try:
                result: Result = (job.future, job.work(), None)
            except BaseException as error:
                result = (job.future, None, error)
            job.is_over = True
            job.home.send(result)
            del job, result  # nothing of a request outlives it in an idle thread
