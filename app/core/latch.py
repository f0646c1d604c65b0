"""Remembers for a while that something failed, so that it is not tried on every call."""

import time
from collections.abc import Callable

MAX_NAMES = 1000


class Latch:
    """Held names are let go by themselves after `hold_s` seconds. Per process, bounded."""

    def __init__(self, hold_s: float, timer: Callable[[], float] = time.monotonic) -> None:
        self._hold_s = hold_s
        self._timer = timer
        self._until: dict[str, float] = {}

    def hold(self, name: str) -> None:
        if len(self._until) >= MAX_NAMES:
            self._until.clear()
        self._until[name] = self._timer() + self._hold_s

    def is_held(self, *names: str) -> bool:
        """Whether any of the names is held now."""
        now = self._timer()
        return any(self._until.get(name, now) > now for name in names)
