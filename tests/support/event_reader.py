"""Reads server-sent events as a client does."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

WAIT_S = 10.0


@dataclass(frozen=True, slots=True)
class Event:
    name: str
    data: Any
    id: str | None


class EventReader:
    """The events of one response, in order; comments and bare `retry` lines are passed over."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._lines = response.aiter_lines()

    async def next(self, wait_s: float = WAIT_S) -> Event | None:
        """The next event, None when the stream has ended; raises TimeoutError when none comes."""
        async with asyncio.timeout(wait_s):
            return await self._next()

    async def connected(self) -> None:
        """Wait until the service has said something."""
        async with asyncio.timeout(WAIT_S):
            while not (await anext(self._lines)).startswith("retry:"):
                pass

    async def _next(self) -> Event | None:
        fields: dict[str, str] = {}
        async for line in self._lines:
            if not line and "data" in fields:
                data = json.loads(fields["data"])
                return Event(fields.get("event", "message"), data, fields.get("id"))
            if not line:
                fields = {}
            elif not line.startswith(":"):
                name, _, value = line.partition(": ")
                fields[name] = value
        return None


@asynccontextmanager
async def reading(
    url: str,
    headers: Mapping[str, str],
    *,
    last_event_id: int | str | None = None,
    body: object = None,
) -> AsyncIterator[EventReader]:
    """An open event stream on a connection of its own; with a body it is the answer to a POST."""
    own = {} if last_event_id is None else {"Last-Event-ID": str(last_event_id)}
    method = "GET" if body is None else "POST"
    async with (
        httpx.AsyncClient(timeout=30, verify=False) as client,  # no TLS here, nor its 20 ms
        client.stream(method, url, headers={**headers, **own}, json=body) as response,
    ):
        assert response.status_code == 200, await response.aread()
        reader = EventReader(response)
        if body is None:  # notifications begin with a word of their own
            await reader.connected()
        yield reader
