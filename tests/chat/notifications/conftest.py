"""Two server processes on one database, and people who follow their notifications there."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, create_engine, text
from websockets.asyncio.client import ClientConnection, connect

from app.chat.notifications.repository import publish
from app.chat.notifications.stages import Notification
from app.core.database import psycopg2_url
from app.core.security import issue_token
from app.core.settings import AppEnv, Settings
from tests.conftest import RATE_LIMITS, SECRET
from tests.support.databases import as_service
from tests.support.event_reader import EventReader, reading
from tests.support.player import add_user
from tests.support.server_process import server_process

ORIGIN = "https://app.contoh.id"
STREAM = "/api/chat/notifications/stream"
SOCKET = "/api/chat/ws"


@pytest.fixture(scope="session")
def server_settings(database_dsn: str) -> Settings:
    return Settings(
        _env_file=None,
        app_env=AppEnv.LOCAL,
        database_url=as_service(database_dsn),
        jwt_secret=SECRET,
        worker_in_serve=False,
        cors_origins=(ORIGIN,),
        notification_streams_per_user=3,
        **dict.fromkeys(RATE_LIMITS, "1000000/hour"),  # type: ignore[arg-type]
    )


@pytest.fixture(scope="session")
def servers(
    server_settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, str]]:
    """The base URLs of two processes that share nothing but the database."""
    with ExitStack() as running:
        first, second = (
            running.enter_context(
                server_process(server_settings, tmp_path_factory.mktemp("server"))
            )
            for _ in range(2)
        )
        yield first, second


@dataclass
class Person:
    """A user, and their devices."""

    user_id: UUID
    settings: Settings
    engine: Engine
    service_engine: Engine

    def token(self, lifetime_s: float = 3600) -> str:
        return issue_token(self.settings, self.user_id, timedelta(seconds=lifetime_s))

    def headers(self, lifetime_s: float = 3600) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token(lifetime_s)}"}

    def tell(self, *news: Notification) -> None:
        """As a use case would, in a transaction of its own; this process is neither server."""
        with self.service_engine.begin() as connection:
            publish(connection, self.user_id, *news)

    def follow(
        self, server: str, *, last_event_id: int | str | None = None, lifetime_s: float = 3600
    ) -> AbstractAsyncContextManager[EventReader]:
        return reading(server + STREAM, self.headers(lifetime_s), last_event_id=last_event_id)

    @asynccontextmanager
    async def converse(self, server: str, **hello: object) -> AsyncIterator[ClientConnection]:
        """A WebSocket that has been let in."""
        first = {"type": "authenticate", "token": self.token(), **hello}
        async with connect(server.replace("http", "ws") + SOCKET) as socket:
            await socket.send(json.dumps(first))
            assert await frame_of(socket) == {"type": "authenticated"}
            yield socket

    def stored(self) -> list[Any]:
        """Id, stage and whether it is delivered, oldest first."""
        with self.engine.connect() as connection:
            rows = connection.execute(
                text(
                    "SELECT id, stage, delivered_at IS NOT NULL AS delivered"
                    " FROM chat.notifications WHERE user_id = :user ORDER BY id"
                ),
                {"user": self.user_id},
            )
            return [tuple(row) for row in rows]

    def delivered(self) -> list[bool]:
        return [delivered for _, _, delivered in self.stored()]


async def frame_of(socket: ClientConnection) -> Any:
    return json.loads(await asyncio.wait_for(socket.recv(), 5))


@pytest.fixture(scope="session")
def service_engine(database_dsn: str) -> Iterator[Engine]:
    """The database as the service sees it."""
    engine = create_engine(psycopg2_url(as_service(database_dsn)))
    yield engine
    engine.dispose()


MakePerson = Callable[..., Person]


@pytest.fixture
def make_person(engine: Engine, server_settings: Settings, service_engine: Engine) -> MakePerson:
    def make(*, role: str = "USER", deleted: bool = False) -> Person:
        user_id = add_user(engine, role=role, deleted=deleted)
        return Person(user_id, server_settings, engine, service_engine)

    return make


@pytest.fixture
def person(make_person: MakePerson) -> Person:
    return make_person()


@pytest.fixture
def stranger(make_person: MakePerson) -> Person:
    return make_person()
