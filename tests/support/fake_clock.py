"""A monotonic clock that stands still until a test moves it."""


class FakeClock:
    """`clock()` is the time in seconds; it begins where a real one might."""

    def __init__(self, now: float = 1000.0) -> None:
        self._now = now

    def __call__(self) -> float:
        return self._now

    def advance(self, seconds: float) -> None:
        self._now += seconds
