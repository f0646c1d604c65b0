"""How long news takes from its commit in one process to a reader in another.

`python -m bench.notifications`: PostgreSQL's LISTEN/NOTIFY beside Redis pub/sub, each told by
this process and heard by another; then the whole way, told here, sent by a server process as an
event and as a frame, and read here again; last, many open streams of one server.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from datetime import timedelta
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from uuid import UUID

import psycopg
import redis
import redis.asyncio
from sqlalchemy import Engine, create_engine
from websockets.asyncio.client import ClientConnection, connect

from app.chat.notifications import stages
from app.chat.notifications.repository import CHANNEL, publish
from app.core.database import psycopg2_url
from app.core.embedded import EmbeddedPostgres
from app.core.listener import libpq_url
from app.core.logging import configure_logging
from app.core.security import issue_token
from app.core.settings import AppEnv, Settings
from tests.support.databases import ROOT, as_service, copy_of, template_of
from tests.support.event_reader import EventReader, reading
from tests.support.player import add_user
from tests.support.redis_server import RedisServer
from tests.support.server_process import server_process

SECRET = "b9f1c0d2e3a4958677665544332211ff"
HOUR = timedelta(hours=1)
PAUSE_S = 0.005
WARM = 20
Milliseconds = list[float]


def listen(dsn: str, pipe: Pipe) -> None:
    """In a process of its own: when each notification was heard."""
    with psycopg.connect(libpq_url(dsn), autocommit=True) as connection:
        connection.execute(f'LISTEN "{CHANNEL}"')
        pipe.send("ready")
        for _ in connection.notifies():
            pipe.send(time.monotonic())


def subscribe(url: str, pipe: Pipe) -> None:
    """The same for Redis."""

    async def run() -> None:
        client = redis.asyncio.Redis.from_url(url)
        async with client.pubsub() as channel:
            await channel.subscribe(CHANNEL)
            async for message in channel.listen():
                pipe.send("ready" if message["type"] == "subscribe" else time.monotonic())

    asyncio.run(run())


@contextmanager
def hearing(hear: Callable[[str, Pipe], None], where: str) -> Iterator[Pipe]:
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=hear, args=(where, theirs), daemon=True
    )
    process.start()
    assert ours.recv() == "ready"
    yield ours
    process.kill()


def told(engine: Engine, user_id: UUID) -> float:
    """When the transaction that tells began."""
    started = time.monotonic()
    with engine.begin() as connection:
        publish(connection, user_id, stages.interim("c", "m"))
    return started


async def read_one_by_one(
    tell: Callable[[], float], read: Callable[[], Awaitable[object]], count: int
) -> Milliseconds:
    taken = []
    for _ in range(count):
        reader = asyncio.create_task(_stamped(read))
        started = await asyncio.to_thread(tell)
        taken.append(1000 * (await reader - started))
        await asyncio.sleep(PAUSE_S)
    return taken


async def _stamped(read: Callable[[], Awaitable[object]]) -> float:
    await read()
    return time.monotonic()


class Stage:
    """One server process, its database, and people with a login."""

    def __init__(self, server: str, dsn: str, settings: Settings) -> None:
        self.server = server
        self.settings = settings
        self.owner = create_engine(psycopg2_url(dsn))
        self.service = create_engine(psycopg2_url(as_service(dsn)))

    def user(self) -> UUID:
        return add_user(self.owner)

    async def events(self, user_id: UUID, until: AsyncExitStack) -> EventReader:
        headers = {"Authorization": f"Bearer {issue_token(self.settings, user_id, HOUR)}"}
        url = f"{self.server}/api/chat/notifications/stream"
        return await until.enter_async_context(reading(url, headers))

    async def socket(self, user_id: UUID, until: AsyncExitStack) -> ClientConnection:
        url = self.server.replace("http", "ws") + "/api/chat/ws"
        socket = await until.enter_async_context(connect(url))
        token = issue_token(self.settings, user_id, HOUR)
        await socket.send(json.dumps({"type": "authenticate", "token": token}))
        await socket.recv()
        return socket

    def memory_mb(self) -> float:
        """Resident memory of the server."""
        port = self.server.rpartition(":")[2]
        for folder in Path("/proc").glob("[0-9]*"):
            command = (folder / "cmdline").read_bytes().split(b"\0")
            if b"serve" in command and port.encode() in command:
                pages = int((folder / "statm").read_text().split()[1])
                return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
        raise LookupError("no server")


async def whole_way(stage: Stage, count: int) -> dict[str, Milliseconds]:
    async with AsyncExitStack() as until:
        user_id = stage.user()
        events = await stage.events(user_id, until)
        await read_one_by_one(lambda: told(stage.service, user_id), events.next, WARM)
        as_events = await read_one_by_one(lambda: told(stage.service, user_id), events.next, count)
    async with AsyncExitStack() as until:
        user_id = stage.user()
        socket = await stage.socket(user_id, until)
        as_frames = await read_one_by_one(lambda: told(stage.service, user_id), socket.recv, count)
    return {"to an event (SSE)": as_events, "to a frame (WebSocket)": as_frames}


async def many_streams(stage: Stage, streams: int) -> dict[str, Milliseconds]:
    """Everybody is told at once, by one statement after the other; then each in turn."""
    before_mb = stage.memory_mb()
    async with AsyncExitStack() as until:
        users = [stage.user() for _ in range(streams)]
        readers = [await stage.events(user_id, until) for user_id in users]
        print(f"{streams} streams: {stage.memory_mb() - before_mb:.1f} MB more")

        def tell_all() -> list[float]:
            return [told(stage.service, user_id) for user_id in users]

        waiting = [asyncio.create_task(_stamped(reader.next)) for reader in readers]
        started = await asyncio.to_thread(tell_all)
        heard = await asyncio.gather(*waiting)
    taken = [1000 * (at - since) for at, since in zip(heard, started, strict=True)]
    return {f"{streams} people, as fast as they can be told": taken}


def mechanisms(dsn: str, count: int, folder: Path) -> dict[str, Milliseconds]:
    """Both in one run, of the same transactions: a busy machine is as busy for the one as for
    the other.
    """
    engine = create_engine(psycopg2_url(as_service(dsn)))
    user_id = add_user(create_engine(psycopg2_url(dsn)))
    taken: dict[str, Milliseconds] = defaultdict(list)
    with (
        RedisServer(folder) as server,
        hearing(listen, as_service(dsn)) as by_postgres,
        hearing(subscribe, server.url) as by_redis,
    ):
        client = redis.Redis.from_url(server.url)
        for number in range(count + WARM):
            started = told(engine, user_id)
            committed = time.monotonic()
            client.publish(CHANNEL, f"{user_id} 1")
            arrived = {
                "the transaction itself": committed,
                "LISTEN/NOTIFY": by_postgres.recv(),
                "Redis, published after the commit": by_redis.recv(),
            }
            if number >= WARM:
                for name, at in arrived.items():
                    taken[name].append(1000 * (at - started))
            time.sleep(PAUSE_S)
    return taken


def show(figures: dict[str, Milliseconds]) -> None:
    for name, taken in figures.items():
        ranks: Sequence[float] = statistics.quantiles(taken, n=100)
        print(
            f"{name:45} p50 {statistics.median(taken):6.2f} ms  p99 {ranks[98]:6.2f} ms"
            f"  most {max(taken):6.2f} ms  ({len(taken)})"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--streams", type=int, default=200)
    given = parser.parse_args()
    configure_logging("ERROR", json_lines=True)
    cluster_folder = ROOT / ".data" / "bench"
    cluster_folder.mkdir(parents=True, exist_ok=True)
    with (
        EmbeddedPostgres.lease(data_dir=cluster_folder, database="bench") as cluster,
        copy_of(
            cluster.dsn, template_of(cluster.dsn, cluster_folder), f"notifications_{os.getpid()}"
        ) as dsn,
        tempfile.TemporaryDirectory() as folder,
    ):
        show(mechanisms(dsn, given.count, Path(folder)))
        settings = Settings(
            _env_file=None,
            app_env=AppEnv.LOCAL,
            database_url=as_service(dsn),
            jwt_secret=SECRET,
            worker_in_serve=False,
        )
        with server_process(settings, Path(folder), forked=False) as server:
            stage = Stage(server, dsn, settings)
            show(asyncio.run(whole_way(stage, given.count)))
            show(asyncio.run(many_streams(stage, given.streams)))


if __name__ == "__main__":
    main()
