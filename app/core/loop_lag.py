"""How late the event loop is: what every request of this process waits beside its own work."""

import asyncio
import time
from types import TracebackType
from typing import Final, Self

from app.core import metrics

EVERY_S: Final = 1.0


class LoopLag:
    """Measures while its block runs, once a second: what a task waits beyond the time it asked."""

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._measure(), name="loop-lag")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._task.cancel()

    @staticmethod
    async def _measure() -> None:
        while True:
            asked = time.perf_counter()
            await asyncio.sleep(EVERY_S)
            metrics.event_loop_lag.set(max(0.0, time.perf_counter() - asked - EVERY_S))
