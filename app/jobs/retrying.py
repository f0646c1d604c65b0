"""When a job that did not work out is tried again."""

import asyncio
from datetime import datetime, timedelta
from enum import StrEnum

from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.jobs import Job

from app.core.clock import utc_now

FIRST_WAIT_S = 5.0
LONGEST_WAIT_S = 600.0
# 5, 10, 20 ... then every ten minutes: a day and a bit.
MOST_ATTEMPTS = 150


class Outcome(StrEnum):
    """How a run of a job ended."""

    SUCCEEDED = "succeeded"
    POSTPONED = "postponed"
    HANDED_BACK = "handed_back"
    RETRIED = "retried"
    FAILED = "failed"


class Postponed(Exception):
    """Raised by a handler whose time has not come: try again in so many seconds."""

    def __init__(self, in_s: float) -> None:
        self.in_s = in_s
        super().__init__()


def outcome_of(error: BaseException, attempts: int, most_attempts: int) -> Outcome:
    """What an error means for a job; `attempts` were made before this one."""
    if isinstance(error, asyncio.CancelledError):
        return Outcome.HANDED_BACK
    if isinstance(error, Postponed):
        return Outcome.POSTPONED
    return Outcome.FAILED if attempts + 1 >= most_attempts else Outcome.RETRIED


def wait_of(error: BaseException, attempts: int) -> float:
    """Seconds until the next attempt; `attempts` were made before this one."""
    if isinstance(error, asyncio.CancelledError):
        return 0.0
    if isinstance(error, Postponed):
        return error.in_s
    return min(FIRST_WAIT_S * 2.0 ** min(attempts, 20), LONGEST_WAIT_S)


class RetryStrategy(BaseRetryStrategy):
    """The rules above, as the engine asks for them."""

    def __init__(self, most_attempts: int) -> None:
        self.most_attempts = most_attempts

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        if outcome_of(exception, job.attempts, self.most_attempts) is Outcome.FAILED:
            return None
        return RetryDecision(retry_at=_in(wait_of(exception, job.attempts)))


def _in(seconds: float) -> datetime:
    return utc_now() + timedelta(seconds=seconds)
