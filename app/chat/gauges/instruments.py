"""What the worker counts for all servers, as each of them tells it."""

from typing import Final

from prometheus_client import Gauge

from app.core.metrics import REGISTRY

sessions_awaiting: Final = Gauge(
    "sessions_awaiting_result",
    "Sessions with four answers and no result, of all users; counted by the worker once a minute.",
    multiprocess_mode="livemostrecent",
    registry=REGISTRY,
)
sessions_awaiting_oldest: Final = Gauge(
    "sessions_awaiting_result_oldest_seconds",
    "How long ago the oldest of them gave the fourth answer; 0 when there is none.",
    multiprocess_mode="livemostrecent",
    registry=REGISTRY,
)
measurement_age: Final = Gauge(
    "worker_measurement_age_seconds",
    "How old the oldest count of a worker for all servers is, each made once a minute; of one that"
    " was never made, the time since this server began.",
    multiprocess_mode="livemostrecent",
    registry=REGISTRY,
)
conversations_active: Final = Gauge(
    "conversations_active_total",
    "Conversations with status active, of all users; counted by the worker once a minute.",
    multiprocess_mode="livemostrecent",
    registry=REGISTRY,
)
