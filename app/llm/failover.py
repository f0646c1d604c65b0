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
    """A breaker for each model, in the order of preference.

    A caller that insists on one model (`only`) gets that one or none, without fallbacks; its
    breaker is that of the list when it is in the list.
    """

    def __init__(
        self, models: tuple[str, ...], clock: Callable[[], float], on_breaker: OnBreaker
    ) -> None:
        self._models = models
        self._clock = clock
        self._on_breaker = on_breaker
        self._breakers: dict[str, CircuitBreaker] = {}
        for model in models:
            self._breaker(model)

    def next_model(self, only: str | None = None) -> str | None:
        """The model that `choose` would choose now; None when every breaker is open."""
        candidates = self._models if only is None else (only,)
        return next((m for m in candidates if self._breaker(m).gives_permits), None)

    def choose(self, only: str | None = None) -> Choice | None:
        """The model to ask, with a permit that `settle` gives back.

        Its fallbacks are those behind it whose breaker is closed: OpenRouter asks them itself
        when the first fails, so that even a probe of a dead model costs its caller little.
        """
        model = self.next_model(only)
        permit = self._breaker(model).acquire() if model is not None else None
        if model is None or permit is None:
            return None
        behind = () if only is not None else self._models[self._models.index(model) + 1 :]
        closed = (m for m in behind if self._breaker(m).state is BreakerState.CLOSED)
        return Choice(model, tuple(closed), permit)

    def settle(self, choice: Choice, outcome: Reply[T] | Failure | None) -> None:
        """Tell the breaker what came of it; None: the caller left before anything did."""
        succeeded = None if outcome is None else _verdict(choice, outcome)
        self._breaker(choice.model).release(choice.permit, succeeded)

    def _breaker(self, model: str) -> CircuitBreaker:
        """Made when first asked for: the settings name the models, so there are few."""
        breaker = self._breakers.get(model)
        if breaker is None:
            breaker = CircuitBreaker(self._clock, _named(model, self._on_breaker))
            self._breakers[model] = breaker
            self._on_breaker(model, BreakerState.CLOSED)
        return breaker


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
