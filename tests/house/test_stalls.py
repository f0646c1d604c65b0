"""What is repeated, and what is not: a failure counts unless the machine stood still meanwhile."""

from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.stalls import LATE_S, STALLS, MachineStoodStill, Stalls, pytest_runtest_call


def a_test(stalls: Stalls) -> Any:
    stash = pytest.Stash()
    stash[STALLS] = stalls
    return SimpleNamespace(session=SimpleNamespace(stash=stash))


def failure_after(stall_s: float) -> BaseException:
    """What a failure becomes when the longest stall of its test was this long."""
    stalls = Stalls()
    run = pytest_runtest_call(a_test(stalls))
    next(run)
    stalls.longest_s = stall_s
    with pytest.raises(Exception) as raised:  # noqa: PT011
        run.throw(ValueError("found wrong"))
    return raised.value


def test_a_failure_stands() -> None:
    assert isinstance(failure_after(LATE_S / 2), ValueError)


def test_a_failure_in_a_stall_is_repeated() -> None:
    failure = failure_after(LATE_S * 2)
    assert isinstance(failure, MachineStoodStill)
    assert isinstance(failure.__cause__, ValueError)


def test_the_stall_of_an_earlier_test_is_forgotten() -> None:
    stalls = Stalls()
    stalls.longest_s = 9.0
    run = pytest_runtest_call(a_test(stalls))
    next(run)
    with pytest.raises(ValueError, match="found wrong"):
        run.throw(ValueError("found wrong"))


def test_a_held_interpreter_is_a_stall() -> None:
    stalls = Stalls()
    stalls.start()
    while stalls.longest_s <= LATE_S:  # no other thread runs while this one counts
        sum(range(20_000_000))
    stalls.stop()


def test_twice_at_most(pytestconfig: pytest.Config) -> None:
    assert int(pytestconfig.getini("reruns")) == 2
    assert pytestconfig.getini("only_rerun") == [MachineStoodStill.__name__]
