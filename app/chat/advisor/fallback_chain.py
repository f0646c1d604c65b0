"""Which models are asked in turn, how long each may take, and what ends the chain. Pure."""

from collections.abc import Sequence
from typing import Final

# A malformed request, a refused key, an empty account: the same for every model.
NOT_CURED_BY_ANOTHER: Final = frozenset({400, 401, 402})


def chain_of(default: str, fallback: str | None, emergency: str | None) -> tuple[str, ...]:
    """The models in the order in which they are asked, each once; None is nobody."""
    return tuple(dict.fromkeys(model for model in (default, fallback, emergency) if model))


def first_token_share_s(remaining_s: float, models_left: int, first_token_s: float) -> float:
    """How long a model may take until its first token, in seconds.

    Never more than its even share of what is left, so that everyone behind it is heard, too. Once
    it speaks nobody else will be asked, and it may use all that is left.
    """
    return min(first_token_s, remaining_s / models_left)


def attempts_of(place: int, models: Sequence[str]) -> int:
    """HTTP attempts of the model in this place: another model is the better retry."""
    return 1 if place + 1 < len(models) else 2


def is_cured_by_another(refused: bool, status: int | None) -> bool:
    """Whether the next model is asked after a failure with this HTTP status.

    `refused`: for good. A 402 with Retry-After is none of these: it passes.
    """
    return not (refused and status in NOT_CURED_BY_ANOTHER)
