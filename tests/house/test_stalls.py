"""What is repeated, and what is not: a failure counts unless the machine stood still meanwhile."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.databases import ROOT
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


FAILS_UNTIL = """
tries = []

def test_late():
    tries.append(1)
    if len(tries) < {good}:
        sum(range(20_000_000))  # holds the interpreter
        raise ValueError("found wrong")

def test_wrong():
    assert not {wrong}
"""


@pytest.mark.parametrize(
    ("good", "wrong", "outcomes"),
    [
        (1, False, "2 passed"),
        (3, False, "1 passed, 1 repeated"),
        (4, False, "1 failed, 1 passed"),
        (1, True, "1 failed, 1 passed"),
    ],
)
def test_three_tries_at_most(tmp_path: Path, good: int, wrong: bool, outcomes: str) -> None:
    (tmp_path / "test_it.py").write_text(FAILS_UNTIL.format(good=good, wrong=wrong))
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "tests.support.stalls",
        "-c",
        "/dev/null",
    ]
    run = subprocess.run(
        [*command, "--rootdir", str(tmp_path), str(tmp_path)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert run.stdout.splitlines()[-1].startswith(outcomes), run.stdout
    assert (run.returncode == 0) == ("failed" not in outcomes)
