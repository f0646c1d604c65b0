"""Concurrent callers of the same work share one run of it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class StillRunning(Exception):
    """The caller has waited as long as it would; the work is not done yet."""


class SingleFlight(Generic[T]):
    """Runs work once per key at a time, as a task of its own.

    A caller that goes away does not cancel the work: the others, or the next call, have it.
    `drain` waits for what is still running, for a shutdown that loses nothing.
    """

    def __init__(self) -> None:
        self._running: dict[str, asyncio.Task[T]] = {}

    async def run(
        self, key: str, work: Callable[[], Awaitable[T]], wait_s: float | None = None
    ) -> T:
        """The result of the run under `key`, begun now unless one is under way.

        Raises StillRunning after `wait_s` seconds; the run goes on.
        """
        task = self._running.get(key)
        if task is None:
            task = asyncio.ensure_future(self._as_task(work))
            self._running[key] = task
            task.add_done_callback(lambda done: self._forget(key, done))
        done, _ = await asyncio.wait({task}, timeout=wait_s)
        if not done:
            raise StillRunning
        return task.result()

    async def drain(self, timeout_s: float) -> None:
        """Wait for running work, at most `timeout_s` seconds; then cancel the rest."""
        running = set(self._running.values())
        if not running:
            return
        _, late = await asyncio.wait(running, timeout=timeout_s)
        for task in late:
            task.cancel()

    @staticmethod
    async def _as_task(work: Callable[[], Awaitable[T]]) -> T:
        return await work()

    def _forget(self, key: str, done: "asyncio.Task[T]") -> None:
        self._running.pop(key, None)
        if not done.cancelled():
            done.exception()  # retrieved: no caller may be left to see it
