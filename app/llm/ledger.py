"""The usage ledger: what every attempt cost, summed until somebody writes the sums down."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from app.llm.port import Purpose, Usage

MAX_NAME_CHARS: Final = 100  # the provider names the model that answered


@dataclass(frozen=True, slots=True)
class Attempt:
    """One HTTP attempt, whatever came of it.

    `model` is the one that the response names, else the one that was asked. `retry`: another
    attempt at the same question came before. `usage` is what the response reports: nothing when
    there was none.
    """

    purpose: Purpose
    model: str
    failed: bool
    retry: bool
    usage: Usage


Observe = Callable[[Attempt], None]


@dataclass(frozen=True, slots=True)
class UsageKey:
    """`day` is a day in UTC."""

    day: date
    purpose: str
    model: str


@dataclass(frozen=True, slots=True)
class UsageSum:
    """Of attempts; `cost` in US dollars, exactly as the provider reported it."""

    attempts: int = 0
    failures: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: Decimal = Decimal(0)

    def __add__(self, other: "UsageSum") -> "UsageSum":
        return UsageSum(
            self.attempts + other.attempts,
            self.failures + other.failures,
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.cost + other.cost,
        )


UsageSums = Mapping[UsageKey, UsageSum]


class UsageLedger:
    """Lives on one event loop: no call of it waits, so none is interrupted by another."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._sums: dict[UsageKey, UsageSum] = {}

    def record(self, attempt: Attempt) -> None:
        """Count an attempt on the day of the clock."""
        usage = attempt.usage
        self.add(
            {
                UsageKey(self._clock().date(), attempt.purpose, attempt.model): UsageSum(
                    1,
                    int(attempt.failed),
                    usage.prompt_tokens,
                    usage.completion_tokens,
                    Decimal(str(usage.cost)),  # the digits that the provider sent, not the float's
                )
            }
        )

    def take(self) -> UsageSums:
        """The sums so far, which are forgotten here: the caller writes them down."""
        taken, self._sums = self._sums, {}
        return taken

    def add(self, sums: UsageSums) -> None:
        """Add sums: those that could not be written come back this way."""
        for key, more in sums.items():
            self._sums[key] = self._sums.get(key, UsageSum()) + more
