"""How the instruments are read: Prometheus's text format, right with many workers."""

import asyncio
from contextlib import suppress
from pathlib import Path
from secrets import compare_digest

from fastapi import APIRouter, Request, Response
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from app.core.errors import NotAuthenticated, responses
from app.core.metrics import REGISTRY
from app.core.process import is_alive
from app.core.security import sole_header
from app.core.settings import shared_metrics_folder

router = APIRouter(tags=["Operations"])


def exposition() -> bytes:
    """All series in Prometheus's text format; with several workers, of all of them."""
    folder = shared_metrics_folder()
    if folder is None:
        return generate_latest(REGISTRY)
    forget_dead_workers(folder)
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=str(folder))  # type: ignore[no-untyped-call]  # untyped
    return generate_latest(registry)


def forget_dead_workers(folder: Path) -> None:
    """Take what only a living worker can have (gauges) out of the sums; counters stay."""
    pids = {int(file.stem.rpartition("_")[2]) for file in folder.glob("gauge_live*_*.db")}
    for pid in pids:
        if not is_alive(pid):
            with suppress(FileNotFoundError):  # another scrape was quicker
                mark_process_dead(pid, str(folder))  # type: ignore[no-untyped-call]  # untyped


@router.get(
    "/metrics",
    operation_id="get_metrics",
    response_class=Response,
    responses={
        200: {"description": "Prometheus's text format", "content": {"text/plain": {}}},
        **responses(NotAuthenticated),
    },
)
async def metrics(request: Request) -> Response:
    """What ops scrape; with METRICS_TOKEN set, for its bearer only."""
    expected: str | None = request.app.state.metrics_token
    given = sole_header(request, "authorization")
    if expected is not None and not compare_digest(given.encode(), f"Bearer {expected}".encode()):
        raise NotAuthenticated
    await request.app.state.read_gauges()
    # In a thread: with many workers and routes it takes tens of milliseconds.
    content = await asyncio.to_thread(exposition)
    return Response(content, media_type=CONTENT_TYPE_PLAIN_0_0_4)
