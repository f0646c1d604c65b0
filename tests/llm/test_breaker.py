"""The circuit breaker: 50 % of at least 10 calls in 30 s open it for 30 s, then one probe."""

import pytest

from app.llm.breaker import BreakerState, CircuitBreaker
from tests.support.fake_clock import FakeClock

CLOSED, HALF_OPEN, OPEN = BreakerState.CLOSED, BreakerState.HALF_OPEN, BreakerState.OPEN


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def changes() -> list[BreakerState]:
    return []


@pytest.fixture
def breaker(clock: FakeClock, changes: list[BreakerState]) -> CircuitBreaker:
    return CircuitBreaker(clock, changes.append)


def call(breaker: CircuitBreaker, succeeded: bool | None) -> None:
    permit = breaker.acquire()
    assert permit is not None
    breaker.release(permit, succeeded)


def calls(breaker: CircuitBreaker, *, good: int = 0, bad: int = 0) -> None:
    for succeeded in [True] * good + [False] * bad:
        call(breaker, succeeded)


class TestOpening:
    def test_half_of_ten(self, breaker: CircuitBreaker, changes: list[BreakerState]) -> None:
        calls(breaker, good=5, bad=4)
        assert breaker.state is CLOSED
        calls(breaker, bad=1)
        assert breaker.state is OPEN
        assert changes == [OPEN]

    def test_nine_failures_say_too_little(self, breaker: CircuitBreaker) -> None:
        calls(breaker, bad=9)
        assert breaker.state is CLOSED
        assert breaker.gives_permits

    def test_just_less_than_half(self, breaker: CircuitBreaker) -> None:
        calls(breaker, good=51, bad=49)
        assert breaker.state is CLOSED

    def test_a_success_may_complete_the_ten(self, breaker: CircuitBreaker) -> None:
        calls(breaker, bad=9)
        calls(breaker, good=1)
        assert breaker.state is OPEN

    def test_what_says_nothing_counts_nothing(self, breaker: CircuitBreaker) -> None:
        for _ in range(50):
            call(breaker, None)
        calls(breaker, bad=9)
        assert breaker.state is CLOSED

    def test_the_window_rolls(self, breaker: CircuitBreaker, clock: FakeClock) -> None:
        calls(breaker, good=6)
        clock.advance(15)
        calls(breaker, bad=5)
        clock.advance(15)  # the successes are 30 s old
        calls(breaker, good=4)
        assert breaker.gives_permits  # 5 of 9
        calls(breaker, good=1)
        assert not breaker.gives_permits  # 5 of 10

    def test_old_successes_do_not_hide_an_outage(
        self, breaker: CircuitBreaker, clock: FakeClock
    ) -> None:
        calls(breaker, good=1000)
        clock.advance(30)
        calls(breaker, bad=10)
        assert breaker.state is OPEN


@pytest.fixture
def opened(breaker: CircuitBreaker) -> CircuitBreaker:
    calls(breaker, bad=10)
    return breaker


class TestOpen:
    def test_for_thirty_seconds(
        self, opened: CircuitBreaker, clock: FakeClock, changes: list[BreakerState]
    ) -> None:
        assert opened.acquire() is None
        clock.advance(29.9)
        assert opened.acquire() is None
        clock.advance(0.1)
        assert opened.gives_permits
        assert changes == [OPEN]
        assert opened.acquire() is not None
        assert changes == [OPEN, HALF_OPEN]

    def test_calls_under_way_do_not_prolong_it(
        self, breaker: CircuitBreaker, clock: FakeClock, changes: list[BreakerState]
    ) -> None:
        under_way = [breaker.acquire() for _ in range(40)]
        calls(breaker, bad=10)
        clock.advance(20)
        for permit in under_way:
            assert permit is not None
            breaker.release(permit, False)
        clock.advance(10)
        assert breaker.gives_permits
        assert changes == [OPEN]


class TestProbe:
    @pytest.fixture(autouse=True)
    def _wait(self, opened: CircuitBreaker, clock: FakeClock) -> None:
        clock.advance(30)

    def test_is_one(self, opened: CircuitBreaker) -> None:
        assert opened.acquire() is not None
        assert not opened.gives_permits
        assert [opened.acquire() for _ in range(5)] == [None] * 5

    def test_one_success_closes(self, opened: CircuitBreaker, changes: list[BreakerState]) -> None:
        call(opened, True)
        assert changes == [OPEN, HALF_OPEN, CLOSED]
        calls(opened, bad=9)  # nothing of the outage is remembered
        assert opened.state is CLOSED

    def test_one_failure_opens_for_another_thirty_seconds(
        self, opened: CircuitBreaker, clock: FakeClock
    ) -> None:
        call(opened, False)
        assert opened.state is OPEN
        clock.advance(29.9)
        assert not opened.gives_permits
        clock.advance(0.1)
        assert opened.gives_permits

    def test_an_outage_costs_a_probe_in_thirty_seconds(
        self, opened: CircuitBreaker, clock: FakeClock
    ) -> None:
        probes = 0
        for _ in range(300):
            permit = opened.acquire()
            if permit is not None:
                probes += 1
                opened.release(permit, False)
            clock.advance(1)
        assert probes == 10

    def test_one_that_says_nothing_is_asked_again(self, opened: CircuitBreaker) -> None:
        call(opened, None)
        assert opened.state is HALF_OPEN
        call(opened, True)
        assert opened.state is CLOSED

    def test_a_call_from_before_the_outage_decides_nothing(
        self, breaker: CircuitBreaker, clock: FakeClock
    ) -> None:
        call(breaker, True)
        early = breaker.acquire()
        assert early is not None
        calls(breaker, bad=10)
        clock.advance(30)
        probe = breaker.acquire()
        assert probe is not None
        breaker.release(early, True)
        assert breaker.state is HALF_OPEN
        assert not breaker.gives_permits
        breaker.release(probe, False)
        assert breaker.state is OPEN
