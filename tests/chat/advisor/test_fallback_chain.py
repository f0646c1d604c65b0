"""Who is asked, for how long, and when nobody else is."""

import pytest

from app.chat.advisor.fallback_chain import (
    attempts_of,
    chain_of,
    first_token_share_s,
    is_cured_by_another,
)

A, B, C = "a:free", "b:free", "c"


@pytest.mark.parametrize(
    ("named", "chain"),
    [
        ((A, B, C), (A, B, C)),
        ((A, B, None), (A, B)),
        ((A, None, C), (A, C)),
        ((A, A, C), (A, C)),
        ((A, None, None), (A,)),
    ],
)
def test_default_fallback_emergency(
    named: tuple[str, str | None, str | None], chain: tuple[str, ...]
) -> None:
    assert chain_of(*named) == chain


@pytest.mark.parametrize(
    ("remaining", "left", "share"),
    [
        (45, 3, 15),  # the specification's own numbers
        (44, 2, 15),  # the first failed at once: 15 s to the first token are enough
        (45, 1, 15),
        (30, 2, 15),
        (20, 2, 10),  # an even share of what is left
        (6, 3, 2),
        (0, 1, 0),
    ],
)
def test_an_even_share_and_never_more_than_fifteen_seconds(
    remaining: float, left: int, share: float
) -> None:
    assert first_token_share_s(remaining, left, 15) == share


def test_slow_models_leave_the_last_one_its_time() -> None:
    remaining = 45.0
    for left in (3, 2, 1):
        remaining -= first_token_share_s(remaining, left, 15)
    assert remaining == 0


def test_only_the_last_is_asked_twice() -> None:
    assert [attempts_of(place, (A, B, C)) for place in range(3)] == [1, 1, 2]
    assert attempts_of(0, (A,)) == 2


@pytest.mark.parametrize(
    ("refused", "status", "cured"),
    [
        (True, 400, False),
        (True, 401, False),
        (True, 402, False),
        (False, 402, True),  # with Retry-After: a limit that passes
        (True, 403, True),
        (True, 404, True),
        (True, None, True),  # the model declines
        (False, 429, True),
        (False, 503, True),
        (False, None, True),
    ],
)
def test_what_another_model_cures(refused: bool, status: int | None, cured: bool) -> None:
    assert is_cured_by_another(refused, status) is cured
