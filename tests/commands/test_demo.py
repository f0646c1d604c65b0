"""`make demo`: a whole journey, on any account, in any number of checkouts."""

import os
import time
from collections.abc import Callable

import pytest

from app.core.embedded.placement import place
from tests.support.checkouts import Checkout, Finished, finished, python_for

pytestmark = pytest.mark.slow

IS_ROOT = os.geteuid() == 0
SECOND_S = 15.0
STEPS = (
    " reference rows added",
    "1 Sari starts a recommendation run: 12 questions",
    "2 Her interests: IC, Investigative–Conventional",
    "3 Ikigai begins with the five best candidates",
    "4 Sari answers the four dimensions in her own words",
    "5 Two professions for Sari",
    "╭─ 1. ",
    "/ 100",
    "╭─ 2. ",
    "7 Her career advisor is ready, with no one asking",
    "Sari",
    "It suggests to ask:",
    "8 She asks: ",
    " tokens, ",
    "Completed in ",
)


def assert_told(end: Finished) -> None:
    """Every step of the journey, in order, without colours: this is no terminal."""
    assert (end.status, end.err) == (0, "")
    place_ = -1
    for step in STEPS:
        assert (place_ := end.out.find(step, place_ + 1)) >= 0, f"{step!r} in\n{end.out}"
    assert "\x1b" not in end.out


@pytest.fixture
def private(new_checkout: Callable[..., Checkout]) -> Checkout:
    """Below a folder that only its owner may enter."""
    checkout = new_checkout("private/checkout")
    checkout.path.parent.chmod(0o700)
    return checkout


def test_two_checkouts_at_once_then_again_then_forgotten(
    private: Checkout,
    new_checkout: Callable[..., Checkout],
    record_property: Callable[[str, object], None],
) -> None:
    other = new_checkout("other")
    started = time.monotonic()
    at_once = [checkout.start("make", "demo") for checkout in (private, other)]
    for demo in at_once:
        assert_told(finished(demo))
    record_property("first_demos_s", time.monotonic() - started)
    home = place(private.data_dir).home
    assert home.is_relative_to(private.path) == (not IS_ROOT)
    assert place(other.data_dir).home.parent == other.data_dir
    assert private.is_quiet(), private.leftovers()
    assert other.is_quiet(), other.leftovers()

    started = time.monotonic()
    again = private.run("make", "demo")
    seconds = time.monotonic() - started
    record_property("second_demo_s", seconds)
    assert again.status == 0, again.err
    assert " 0 reference rows added" in again.out
    assert seconds < SECOND_S

    cleaned = private.run("make", "clean")
    assert cleaned.status == 0, cleaned.err
    assert not home.exists()
    assert not private.data_dir.exists()
    assert not (private.path / ".venv").exists()


@pytest.mark.skipif(not IS_ROOT, reason="only root can become somebody else")
def test_ordinary_user(new_checkout: Callable[..., Checkout]) -> None:
    python = python_for("nobody")
    if python is None:
        pytest.skip("no Python that an ordinary user can run")
    checkout = new_checkout("nobody", owner="nobody", python=python)
    # The packages were chosen for our Python; redis asks for this one below 3.11.3.
    (checkout.path / "async_timeout.py").write_text("from asyncio import timeout\n")
    assert_told(finished(checkout.start("make", "demo")))
    assert place(checkout.data_dir).home.parent == checkout.data_dir
    assert checkout.data_dir.owner() == "nobody"
    assert checkout.is_quiet(), checkout.leftovers()


class TestThatCannotComplete:
    """One clear line, and a failure. (A server that dies meanwhile: test_killed.py.)"""

    @pytest.mark.parametrize(
        ("env", "line"),
        [
            ({"PG_BIN": "/nonexistent"}, "PG_BIN=/nonexistent does not hold `postgres`"),
            ({"DATABASE_URL": "postgresql://127.0.0.1:1/x"}, "the database: connection to server"),
        ],
        ids=["no programs", "no database"],
    )
    def test_before_the_journey(self, env: dict[str, str], line: str, checkout: Checkout) -> None:
        end = checkout.run("make", "demo", env=env)
        assert end.status != 0
        first, of_make = end.err.splitlines()
        assert first.startswith(f"kenali-diri: {line}")
        assert of_make.startswith("make: ")
        assert checkout.is_quiet(), checkout.leftovers()
