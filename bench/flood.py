"""One user floods the service; what another one notices.

    python -m bench.flood [--seconds 3] [--connections 16]

A real server (`python -m app serve`, one process) on loopback. A polite user asks for the list of
their runs 20 times a second, alone, then while another user calls a route far beyond its limit of
60 a minute: 300 times a second, and then as fast as the connections can, which takes all of the
process's core. Only refusals (429) count as flood. Each phase takes `--seconds`. The flood comes
from a process of its own.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from secrets import token_hex

import httpx
from sqlalchemy import create_engine

from app.core.database import psycopg2_url
from app.core.embedded import EmbeddedPostgres
from app.core.settings import Settings
from tests.support.databases import ROOT, copy_of, template_of
from tests.support.player import API, Player, add_user
from tests.support.server_process import server_process

POLITE_PER_S = 20
FLOOD_PER_S = 300
RUNS = f"{API}/sessions"
FLOODED = f"{API}/sessions/abc"  # 60 a minute


@dataclass(frozen=True, slots=True)
class Seen:
    """Latencies of the polite user in ms, sorted; refusals of the flood per second."""

    took: list[float]
    refused_per_s: float

    def row(self, name: str) -> str:
        p50, p99 = (self.took[int(share * (len(self.took) - 1))] for share in (0.5, 0.99))
        return f"{name:<34} {p50:7.1f} {p99:7.1f} {self.refused_per_s:12.0f}"


async def ask_politely(base_url: str, headers: dict[str, str], seconds: float) -> list[float]:
    """In ms, by the moment when each request was due: a late one is not hidden."""
    took = []
    async with httpx.AsyncClient(base_url=base_url, headers=headers) as client:
        (await client.get(RUNS)).raise_for_status()
        begun = time.perf_counter()
        for number in range(int(seconds * POLITE_PER_S)):
            due = begun + number / POLITE_PER_S
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            (await client.get(RUNS)).raise_for_status()
            took.append(1000 * (time.perf_counter() - due))
    return sorted(took)


async def flood(
    base_url: str, headers: dict[str, str], seconds: float, connections: int, per_s: float
) -> int:
    """Send as many requests a second over these connections (0: as many as go); the refused."""
    url = httpx.URL(base_url)
    lines = [f"GET {FLOODED} HTTP/1.1", "Host: x", *(f"{k}: {v}" for k, v in headers.items())]
    request = "\r\n".join([*lines, "", ""]).encode()
    ends = time.perf_counter() + seconds

    async def one() -> int:
        reader, writer = await asyncio.open_connection(url.host, url.port)
        refused = 0
        due = time.perf_counter()
        while time.perf_counter() < ends:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = head.lower().partition(b"content-length:")[2].split()[0]
            await reader.readexactly(int(length))
            refused += head.startswith(b"HTTP/1.1 429")
            if per_s:
                due += connections / per_s
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
        writer.close()
        return refused

    return sum(await asyncio.gather(*(one() for _ in range(connections))))


def flood_apart(
    done: Connection, base_url: str, headers: dict[str, str], options: tuple[float, int, float]
) -> None:
    done.send(asyncio.run(flood(base_url, headers, *options)))


@contextmanager
def served() -> Iterator[tuple[str, Settings, str]]:
    """A server with the limits that the service ships, but for the polite user's own."""
    cluster_dir = ROOT / ".data" / "tests"
    cluster_dir.mkdir(parents=True, exist_ok=True)
    with EmbeddedPostgres.lease(data_dir=cluster_dir, database="tests", durable=False) as cluster:
        template = template_of(cluster.dsn, cluster_dir)
        with (
            copy_of(cluster.dsn, template, f"flood_{token_hex(4)}") as dsn,
            tempfile.TemporaryDirectory() as folder,
        ):
            values = {"app_env": "local", "database_url": dsn, "jwt_secret": token_hex(16)}
            limit = {"rate_limit_session_list": "1000/minute"}
            settings = Settings(_env_file=None, **values, **limit)  # type: ignore[arg-type]
            with server_process(settings, Path(folder), forked=False) as base_url:
                yield base_url, settings, dsn


def measure(
    base_url: str, polite: Player, rude: Player, seconds: float, connections: int, per_s: float
) -> Seen:
    ours, theirs = get_context("spawn").Pipe(duplex=False)
    options = (seconds + 1, connections, per_s)
    process = get_context("spawn").Process(
        target=flood_apart, args=(theirs, base_url, rude.headers, options)
    )
    process.start()
    took = asyncio.run(ask_politely(base_url, polite.headers, seconds))
    refused = int(ours.recv())
    process.join()
    return Seen(took, refused / (seconds + 1))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.flood", description=__doc__)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--connections", type=int, default=16)
    options = parser.parse_args()
    with served() as (base_url, settings, dsn):
        engine = create_engine(psycopg2_url(dsn))
        polite, rude = (Player(httpx.AsyncClient(), settings, add_user(engine)) for _ in range(2))
        engine.dispose()
        alone = asyncio.run(ask_politely(base_url, polite.headers, options.seconds))
        print(f"{'another user':<34} {'p50 ms':>7} {'p99 ms':>7} {'refused / s':>12}")
        print(Seen(alone, 0.0).row("alone"))
        for name, per_s in ((f"flood of {FLOOD_PER_S} / s", FLOOD_PER_S), ("flood without end", 0)):
            seen = measure(base_url, polite, rude, options.seconds, options.connections, per_s)
            print(seen.row(name))


if __name__ == "__main__":
    main()
