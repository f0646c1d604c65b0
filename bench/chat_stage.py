"""One server process of the chat with its database, and people who have a conversation.

The server has a core of its own; PostgreSQL and whoever asks share the others.
"""

import asyncio
import json
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import create_engine

from app.core.database import psycopg2_url
from app.core.embedded import EmbeddedPostgres
from app.core.security import issue_token
from app.core.settings import AppEnv, Settings
from bench.machine import cpu_seconds, sides
from tests.conftest import RATE_LIMITS
from tests.support.databases import ROOT, as_service, copy_of, template_of
from tests.support.player import add_user
from tests.support.server_process import server_process

SECRET = "b9f1c0d2e3a4958677665544332211ff"
UNLIMITED = "1000000/hour"
PROBE_EVERY_S = 0.1  # each costs the server as much as several tokens
BODY = {"content": "What career paths would suit someone with high creativity?"}


@dataclass
class Person:
    """Headers of their requests, and the path of their messages."""

    headers: dict[str, str]
    path: str


class ChatStage:
    """`base_url` of a server process whose limits are out of the way."""

    def __init__(self, base_url: str, dsn: str, settings: Settings) -> None:
        self.base_url = base_url
        self.port = int(base_url.rpartition(":")[2])
        self._settings = settings
        self._engine = create_engine(psycopg2_url(dsn))

    def people(self, count: int) -> list[Person]:
        """Each with a conversation of their own."""
        with httpx.Client(base_url=self.base_url, timeout=30) as client:
            return [self._person(client) for _ in range(count)]

    def _person(self, client: httpx.Client) -> Person:
        user_id: UUID = add_user(self._engine)
        token = issue_token(self._settings, user_id, timedelta(hours=2))
        headers = {"Authorization": f"Bearer {token}"}
        made = client.post("/api/chat/conversations", json={}, headers=headers)
        made.raise_for_status()
        return Person(headers, f"/api/chat/conversations/{made.json()['id']}/messages")

    def memory_mb(self) -> float:
        """Resident memory of the server."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def cpu_s(self) -> float:
        """What the server has used of the processors so far, in seconds."""
        return cpu_seconds(self.pid)

    @cached_property
    def pid(self) -> int:
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                command = (folder / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if b"serve" in command and str(self.port).encode() in command:
                return int(folder.name)
        raise LookupError("no server")

    async def probe(self, taken: list[float]) -> None:
        """How long /health/live takes, again and again: the event loop seen from outside."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        while True:
            started = time.perf_counter()
            writer.write(b"GET /health/live HTTP/1.1\r\nHost: bench\r\n\r\n")
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                int(line.split(b":")[1])
                for line in head.lower().split(b"\r\n")
                if line.startswith(b"content-length:")
            )
            await reader.readexactly(length)
            taken.append(time.perf_counter() - started)
            await asyncio.sleep(PROBE_EVERY_S)

    def request(self, person: Person) -> bytes:
        """What asks for one answer as a stream."""
        body = json.dumps(BODY).encode()
        headers = {
            **person.headers,
            "Host": "bench",
            "Accept": "text/event-stream",
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            "Connection": "close",
        }
        lines = [f"POST {person.path} HTTP/1.1", *(f"{k}: {v}" for k, v in headers.items())]
        return "\r\n".join([*lines, "", ""]).encode() + body


@contextmanager
def chat_stage(model_url: str, **changes: Any) -> Iterator[ChatStage]:
    server_side, beside = sides()
    os.sched_setaffinity(0, beside)
    folder = ROOT / ".data" / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        cluster = stack.enter_context(EmbeddedPostgres.lease(data_dir=folder, database="bench"))
        template = template_of(cluster.dsn, folder)
        dsn = stack.enter_context(copy_of(cluster.dsn, template, f"chat_{os.getpid()}"))
        where = stack.enter_context(tempfile.TemporaryDirectory())
        values: dict[str, Any] = {
            "app_env": AppEnv.LOCAL,
            "database_url": as_service(dsn),
            "jwt_secret": SECRET,
            "openrouter_api_key": "sim-key",
            "openrouter_base_url": model_url,
            "worker_in_serve": False,
            "chat_monthly_token_budget": 0,
            "free_model_rate_limit_per_minute": 1_000_000,
            **dict.fromkeys(RATE_LIMITS, UNLIMITED),
            **changes,
        }
        settings = Settings(_env_file=None, **values)
        os.sched_setaffinity(0, server_side)
        base_url = stack.enter_context(server_process(settings, Path(where), forked=False))
        os.sched_setaffinity(0, beside)
        yield ChatStage(base_url, dsn, settings)


def quantile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]
