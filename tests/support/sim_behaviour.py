"""What a behaviour of the model simulator is."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.support.sim_http import Exchange

FOREVER = 3600.0


@dataclass(frozen=True, slots=True)
class Behaviour:
    """`delay` replaces the simulator's own latency when given (seconds)."""

    name: str
    play: Callable[[Exchange], Awaitable[None]]
    delay: float | None = None

    def __str__(self) -> str:
        return self.name
