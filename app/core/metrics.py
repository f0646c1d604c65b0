"""What the service counts and measures: instruments only.

Whoever knows that something happened counts it here, after the commit. Every label has few values:
no user, session or text is ever one. How it is read: `exposition.py`.
"""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
)

# A scrape doubles in size for the birthday of every series; nobody looks at them.
disable_created_metrics()  # type: ignore[no-untyped-call]  # untyped

REGISTRY: Final = CollectorRegistry()

# In seconds. A request without a model takes 2-20 ms, one that waits for it up to CLIENT_WAIT_S.
REQUEST_BUCKETS: Final = (
    *(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5),
    *(1.0, 2.5, 5.0, 10.0, 20.0, 30.0),
)
MODEL_BUCKETS: Final = (0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 8.0, 13.0, 20.0, 30.0, 45.0)


def begin_at_zero(instrument: Counter | Histogram, values: Iterable[str]) -> None:
    """Show these values of its one label from the start: the first event of a series that it is
    born with is no increase to Prometheus.
    """
    for value in values:
        instrument.labels(value)


http_request_duration = Histogram(
    "http_request_duration_seconds",
    "Time from the first byte of a request to the last of its answer, by route template.",
    ["method", "route", "status_code"],
    buckets=REQUEST_BUCKETS,
    registry=REGISTRY,
)


@cache
def request_duration_of(method: str, route: str, status: int) -> Histogram:
    """The series of these labels, which are few, without looking it up for every request."""
    return http_request_duration.labels(method, route, status)


# livesum: what a killed worker had in hand is nobody's any more.
http_requests_in_flight = Gauge(
    "http_requests_in_flight",
    "Requests that are being answered now.",
    multiprocess_mode="livesum",
    registry=REGISTRY,
)
database_connections_in_use = Gauge(
    "database_connections_in_use",
    "Connections of the pool that a unit of work holds now; the limit is DB_POOL_SIZE a worker.",
    multiprocess_mode="livesum",
    registry=REGISTRY,
)
database_connections_limit = Gauge(
    "database_connections_limit",
    "Connections that the pool may hold: DB_POOL_SIZE and DB_MAX_OVERFLOW of every worker.",
    multiprocess_mode="livesum",
    registry=REGISTRY,
)
# livemax: the worker that is late is the one to look at.
event_loop_lag = Gauge(
    "event_loop_lag_seconds",
    "How late the event loop woke a task up, measured once a second.",
    multiprocess_mode="livemax",
    registry=REGISTRY,
)
cache_requests = Counter(
    "cache_requests_total",
    "Reads of the cache by kind of key and result (hit, miss); a failure is a miss.",
    ["cache", "result"],
    registry=REGISTRY,
)
redis_failures = Counter(
    "redis_failures_total",
    "Operations that had to go on without Redis, of the cache and of the rate limits.",
    registry=REGISTRY,
)
openrouter_requests = Counter(
    "openrouter_requests_total",
    "Questions to OpenRouter, retries included, by the model that answered (when none did, the"
    " one that was asked) and how they ended.",
    ["model", "status"],
    registry=REGISTRY,
)
token_usage = Counter(
    "token_usage_total",
    "Tokens that the model read (prompt) and wrote (completion), failed attempts included.",
    ["model", "type"],
    registry=REGISTRY,
)
model_cost = Counter(
    "model_cost_dollars_total",
    "What the provider charged, in US dollars, failed attempts included.",
    ["model", "purpose"],
    registry=REGISTRY,
)
model_duration = Histogram(
    "model_call_duration_seconds",
    "Time of a question to the model, retries included, by how it ended.",
    ["model", "purpose", "status"],
    buckets=MODEL_BUCKETS,
    registry=REGISTRY,
)
model_retries = Counter(
    "model_retries_total",
    "HTTP attempts beyond the first of a question to the model.",
    ["model", "purpose"],
    registry=REGISTRY,
)
model_attempts = Counter(
    "model_attempts_total",
    "HTTP attempts by the model that they went to and what came of them (success, failed).",
    ["model", "purpose", "result"],
    registry=REGISTRY,
)
model_tokens = Counter(
    "model_tokens_total",
    "As token_usage_total, by purpose.",
    ["model", "purpose", "type"],
    registry=REGISTRY,
)
# livemax: each worker has breakers of its own; one that is open is what ops must see.
model_breaker_state = Gauge(
    "model_breaker_state",
    "Circuit breaker of a model: 0 closed, 1 half-open (being probed), 2 open.",
    ["model"],
    multiprocess_mode="livemax",
    registry=REGISTRY,
)
model_fallbacks = Counter(
    "model_fallbacks_total",
    "Pieces of work that were done by rule, because the model did not do them.",
    ["purpose"],
    registry=REGISTRY,
)
free_model_requests = Counter(
    "free_model_requests_total",
    "Questions to free models, by the caller's tier and whether they were answered (true, false,"
    " or cancelled: the reader left).",
    ["model", "user_tier", "success"],
    registry=REGISTRY,
)
free_model_response_time = Histogram(
    "free_model_response_time_seconds",
    "Time of a free model until the end of its answer.",
    ["model"],
    buckets=(0.5, 1.0, 2.0, 5.0, 10.0, 30.0),
    registry=REGISTRY,
)
free_model_errors = Counter(
    "free_model_errors_total",
    "Failures of free models by kind (timeout, rate_limited, unavailable, bad_output, refused).",
    ["model", "error_type"],
    registry=REGISTRY,
)
withheld_texts = Counter(
    "withheld_texts_total",
    "Answers that speak of self-harm: kept from every model and answered with support.",
    registry=REGISTRY,
)
session_transitions = Counter(
    "session_transitions_total",
    "Sessions that reached a status, by goal; riasec_ongoing is a start.",
    ["test_goal", "status"],
    registry=REGISTRY,
)
finalize_duration = Histogram(
    "ikigai_finalize_duration_seconds",
    "Time of a finalize: judging four answers, ranking, reasons; by outcome (success, failed,"
    " vanished: the session or all its candidates were deleted).",
    ["outcome"],
    buckets=MODEL_BUCKETS,
    registry=REGISTRY,
)
begin_at_zero(finalize_duration, ("success", "failed"))
jobs = Counter(
    "jobs_total",
    "Runs of durable jobs by task and how they ended (succeeded, postponed, handed_back, retried,"
    " failed).",
    ["task", "outcome"],
    registry=REGISTRY,
)
# Of the whole table, whichever process looked last.
jobs_in_table = Gauge(
    "jobs_in_table",
    "Durable jobs by status (todo, doing, failed), in all processes.",
    ["status"],
    multiprocess_mode="livemostrecent",
    registry=REGISTRY,
)
jobs_oldest_due = Gauge(
    "jobs_oldest_due_seconds",
    "For how long the oldest waiting job has been due; 0 when none is.",
    multiprocess_mode="livemostrecent",
    registry=REGISTRY,
)
notification_streams_open = Gauge(
    "notification_streams_open",
    "Streams of notifications that are open now, by kind (sse, websocket).",
    ["kind"],
    multiprocess_mode="livesum",
    registry=REGISTRY,
)
notifications_published = Counter(
    "notifications_published_total",
    "Notifications stored, by stage.",
    ["stage"],
    registry=REGISTRY,
)
notifications_delivered = Counter(
    "notifications_delivered_total",
    "Notifications sent to a stream, by its kind; one goes to each stream of a person.",
    ["kind"],
    registry=REGISTRY,
)


@contextmanager
def timed(histogram: Histogram, *, vanished: tuple[type[Exception], ...] = ()) -> Iterator[None]:
    """Observe the time of the block in a histogram whose one label is the outcome.

    The errors `vanished` say that what the block works on was deleted: nobody failed.
    """
    started = time.perf_counter()
    outcome = "failed"
    try:
        yield
        outcome = "success"
    except vanished:
        outcome = "vanished"
        raise
    finally:
        histogram.labels(outcome).observe(time.perf_counter() - started)
