"""Which model is asked: the first whose circuit breaker lets a call through."""

from collections.abc import Callable
from dataclasses import dataclass

from app.llm.breaker import BreakerState, CircuitBreaker, Permit
from app.llm.openrouter_wire import Failure, Reply
from app.llm.port import ModelBadOutput, ModelRefused, T

OnBreaker = Callable[[str, BreakerState], None]


@dataclass(frozen=True, slots=True)
class Choice:
    """The model that is asked, and those that OpenRouter may ask in its place, in order."""

    model: str
    fallbacks: tuple[str, ...]
    permit: Permit


class Failover:
    """A breaker for each model, in the order of preference."""

    def __init__(
        self, models: tuple[str, ...], clock: Callable[[], float], on_breaker: OnBreaker
    ) -> None:
        self._breakers: dict[str, CircuitBreaker] = {}
        for model in models:
            self._breakers[model] = CircuitBreaker(clock, _named(model, on_breaker))
            on_breaker(model, BreakerState.CLOSED)

    def next_model(self) -> str | None:
        """The model that `choose` would choose now; None when every breaker is open."""
        ready = (model for model, breaker in self._breakers.items() if breaker.gives_permits)
        return next(ready, None)

    def choose(self) -> Choice | None:
        """The model to ask, with a permit that `settle` gives back.

        Its fallbacks are those behind it whose breaker is closed: OpenRouter asks them itself
        when the first fails, so that even a probe of a dead model costs its caller little.
        """
        model = self.next_model()
        permit = self._breakers[model].acquire() if model is not None else None
        if model is None or permit is None:
            return None
        names = list(self._breakers)
        behind = names[names.index(model) + 1 :]
        closed = (m for m in behind if self._breakers[m].state is BreakerState.CLOSED)
        return Choice(model, tuple(closed), permit)

    def settle(self, choice: Choice, outcome: Reply[T] | Failure | None) -> None:
        """Tell the breaker what came of it; None: the caller left before anything did."""
        succeeded = None if outcome is None else _verdict(choice, outcome)
        self._breakers[choice.model].release(choice.permit, succeeded)


def _named(model: str, on_breaker: OnBreaker) -> Callable[[BreakerState], None]:
    return lambda state: on_breaker(model, state)


def _verdict(choice: Choice, outcome: Reply[T] | Failure) -> bool | None:
    """Whether the chosen model is well; None when the outcome does not tell.

    A fallback answered: the chosen one did not. A refusal (400, 401, 402, 403, 404, declined) is
    about the request or the account. An attempt cut short by the caller's deadline was not given
    its time. An answer that breaks the caller's rules was given by a model that is alive: one
    caller's prompt must not shut out all others.
    """
    if outcome.model in choice.fallbacks:
        return False
    if isinstance(outcome, Reply):
        return True
    if outcome.out_of_time or issubclass(outcome.error, ModelRefused):
        return None
    return issubclass(outcome.error, ModelBadOutput)
