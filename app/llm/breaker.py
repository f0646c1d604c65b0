"""A circuit breaker: who keeps failing is left alone for a while, then asked once.

Pure: time comes from the clock that is passed in, nothing waits, nothing is logged here.
"""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

WINDOW_S: Final = 30.0
# Fewer calls say too little: one failure of one call is no outage.
MIN_CALLS: Final = 10
FAILURE_SHARE: Final = 0.5
OPEN_S: Final = 30.0


class BreakerState(IntEnum):
    """Ordered by gravity, so that the worst of several processes is the greatest."""

    CLOSED = 0
    HALF_OPEN = 1
    OPEN = 2


@dataclass(frozen=True, slots=True)
class Permit:
    """The right to one call; its result counts only in the period that gave it."""

    period: int


class CircuitBreaker:
    """Opens on FAILURE_SHARE failures over MIN_CALLS results of the last WINDOW_S seconds.

    Open for OPEN_S it gives no permits; then one, the probe, whose result closes it or opens it
    again. Calls that were under way at a change belong to the past: their results count nothing.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        on_change: Callable[[BreakerState], None] = lambda _: None,
    ) -> None:
        self._clock = clock
        self._on_change = on_change
        self._state = BreakerState.CLOSED
        self._period = 0
        self._opened_at = 0.0
        self._probing = False
        self._results: deque[tuple[float, bool]] = deque()
        self._failures = 0

    @property
    def state(self) -> BreakerState:
        """OPEN until the call that becomes the probe."""
        return self._state

    @property
    def gives_permits(self) -> bool:
        """Whether `acquire` would give one now."""
        if self._state is BreakerState.OPEN:
            return self._clock() - self._opened_at >= OPEN_S
        return self._state is BreakerState.CLOSED or not self._probing

    def acquire(self) -> Permit | None:
        """A permit for one call, to be given back by `release`; None while nobody may call."""
        if not self.gives_permits:
            return None
        if self._state is BreakerState.OPEN:
            self._change(BreakerState.HALF_OPEN)
        self._probing = self._state is BreakerState.HALF_OPEN
        return Permit(self._period)

    def release(self, permit: Permit, succeeded: bool | None) -> None:
        """What came of the call; None says nothing, and a probe of this kind is asked again."""
        if permit.period != self._period:
            return
        if self._state is BreakerState.HALF_OPEN:
            self._probing = False
            if succeeded is not None:
                self._change(BreakerState.CLOSED if succeeded else BreakerState.OPEN)
        elif succeeded is not None:
            self._count(failed=not succeeded)

    def _count(self, *, failed: bool) -> None:
        now = self._clock()
        self._results.append((now, failed))
        self._failures += failed
        while self._results[0][0] <= now - WINDOW_S:
            self._failures -= self._results.popleft()[1]
        calls = len(self._results)
        if calls >= MIN_CALLS and self._failures >= FAILURE_SHARE * calls:
            self._change(BreakerState.OPEN)

    def _change(self, state: BreakerState) -> None:
        self._state = state
        self._period += 1
        self._opened_at = self._clock()
        self._results.clear()
        self._failures = 0
        self._on_change(state)
