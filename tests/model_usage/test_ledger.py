"""The usage ledger in memory: exact sums by day, purpose and model."""

from datetime import UTC, date, datetime
from decimal import Decimal

from app.llm.ledger import Attempt, UsageKey, UsageLedger, UsageSum
from app.llm.port import Purpose, Usage

FIRST, SECOND = datetime(2026, 11, 20, 23, 59, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC)


def attempt(model: str = "a", *, failed: bool = False, cost: float = 0.1) -> Attempt:
    return Attempt(Purpose.SCORING, model, failed, retry=False, usage=Usage(10, 3, cost))


class TestLedger:
    def test_sums_are_exact(self) -> None:
        """0.1 + 0.2 is not 0.3 in floats."""
        ledger = UsageLedger(lambda: FIRST)
        for cost in (0.1, 0.2, 1e-10):
            ledger.record(attempt(cost=cost))
        ledger.record(attempt(failed=True, cost=0.0))
        key = UsageKey(date(2026, 11, 20), "ikigai_scoring", "a")
        assert ledger.take() == {key: UsageSum(4, 1, 40, 12, Decimal("0.3000000001"))}

    def test_by_day_and_model(self) -> None:
        now = [FIRST]
        ledger = UsageLedger(lambda: now[0])
        ledger.record(attempt())
        ledger.record(attempt("b"))
        now[0] = SECOND
        ledger.record(attempt())
        found = {
            (key.day.day, key.model): counted.attempts for key, counted in ledger.take().items()
        }
        assert found == {(20, "a"): 1, (20, "b"): 1, (21, "a"): 1}

    def test_what_is_taken_is_gone_until_it_comes_back(self) -> None:
        ledger = UsageLedger(lambda: FIRST)
        ledger.record(attempt())
        taken = ledger.take()
        assert ledger.take() == {}
        ledger.record(attempt())
        ledger.add(taken)
        assert [counted.attempts for counted in ledger.take().values()] == [2]
