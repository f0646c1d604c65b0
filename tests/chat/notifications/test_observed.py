"""What ops see of streams: they are open, not slow requests."""

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send
from structlog.testing import capture_logs

from app.chat.notifications import stages
from app.core.metrics import REGISTRY
from app.core.middleware import RequestContext
from tests.chat.notifications.conftest import STREAM, Person, frame_of
from tests.support.processes import wait_until
from tests.support.scrape import Scrape


def scrape(server: str) -> Scrape:
    return Scrape(httpx.get(f"{server}/metrics").text)


def delivered(found: Scrape, kind: str) -> float:
    return found.value("notifications_delivered_total", kind=kind)


async def test_streams_in_the_metrics(person: Person, servers: tuple[str, str]) -> None:
    before = scrape(servers[0])
    async with person.follow(servers[0]) as events, person.converse(servers[0]) as socket:
        person.tell(stages.interim("c-1", "m-1"))
        await events.next()
        await frame_of(socket)
        open_now = scrape(servers[0])
    kinds = ("sse", "websocket")
    assert [open_now.value("notification_streams_open", kind=kind) for kind in kinds] == [1, 1]
    assert [delivered(open_now, kind) - delivered(before, kind) for kind in kinds] == [1, 1]
    assert open_now.value("http_requests_in_flight") == 1  # the one that scrapes
    assert wait_until(lambda: scrape(servers[0]).value("notification_streams_open") == 0)
    after = scrape(servers[0])
    name = "http_request_duration_seconds"
    assert (
        after.value(f"{name}_count", route=STREAM) - before.value(f"{name}_count", route=STREAM)
        == 1
    )


async def test_an_open_stream_is_no_slow_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is measured until it began; the line in the log tells how long it was open."""
    now = [0.0]
    monkeypatch.setattr("app.core.middleware.time.perf_counter", lambda: now[0])

    async def stream(_scope: Scope, _receive: Receive, send: Send) -> None:
        now[0] += 2
        headers = [(b"content-type", b"text/event-stream; charset=utf-8")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        now[0] += 100
        await send({"type": "http.response.body", "body": b""})

    async def ignore(_message: Message) -> None:
        """Nobody listens."""

    name, labels = "http_request_duration_seconds_sum", {"route": "unmatched", "method": "GET"}
    before = REGISTRY.get_sample_value(name, {**labels, "status_code": "200"}) or 0.0
    scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "state": {}}
    with capture_logs() as log:
        await RequestContext(stream)(scope, nothing_to_receive, ignore)
    assert REGISTRY.get_sample_value(name, {**labels, "status_code": "200"}) == before + 2
    assert log[-1]["ms"] == 102_000.0


async def nothing_to_receive() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}
