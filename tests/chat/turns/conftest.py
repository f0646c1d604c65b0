"""A server on a real port, and people who talk to it."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import Engine, text

from app.core.security import issue_token
from app.core.settings import AppEnv, Settings
from app.main import create_app
from tests.chat.chatter import CHAT, Chatter
from tests.conftest import RATE_LIMITS, SECRET, MakeClient, MakeSettings
from tests.support.databases import as_service, copy_of
from tests.support.event_reader import Event, EventReader, reading
from tests.support.live_server import live_server
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.player import add_user


@pytest.fixture(scope="package", autouse=True)
def no_certificates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The simulator speaks plain HTTP: reading all authorities for each client is half a test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("SSL_CERT_FILE", raising=False)
        patch.setenv("SSL_CERT_DIR", str(tmp_path_factory.mktemp("no-certificates")))
        yield


@pytest.fixture(scope="package")
def live_settings(database_dsn: str, running_sim: OpenRouterSim) -> Settings:
    values: dict[str, Any] = {
        "app_env": AppEnv.LOCAL,
        "database_url": as_service(database_dsn),
        "jwt_secret": SECRET,
        "openrouter_api_key": "sim-key",
        "openrouter_base_url": running_sim.base_url,
        "llm_retry_delay_s": 0.05,
        "chat_interim_after_s": 0.3,
        "worker_in_serve": False,
        "free_model_rate_limit_per_minute": 1_000_000,
        **dict.fromkeys(RATE_LIMITS, "1000000/hour"),
    }
    return Settings(_env_file=None, **values)


@pytest.fixture(scope="package")
def server(live_settings: Settings) -> Iterator[str]:
    """The base URL of the whole application on a real port."""
    with live_server(live_settings) as base_url:
        yield base_url


@dataclass
class Talker:
    """A user who reads answers as they come, over a connection of their own."""

    base_url: str
    settings: Settings
    user_id: UUID
    engine: Engine

    @property
    def headers(self) -> dict[str, str]:
        token = issue_token(self.settings, self.user_id, timedelta(hours=1))
        return {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}

    def url(self, talk: str) -> str:
        return f"{self.base_url}{CHAT}/conversations/{talk}/messages"

    def say(
        self, talk: str, content: str = "Apa kekuatanku?", **options: Any
    ) -> AbstractAsyncContextManager[EventReader]:
        return reading(self.url(talk), self.headers, body={"content": content}, **options)

    def again(
        self, talk: str, message: str, **options: Any
    ) -> AbstractAsyncContextManager[EventReader]:
        url = f"{self.url(talk)}/{message}/regenerate"
        return reading(url, self.headers, body={}, **options)

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        async with httpx.AsyncClient(timeout=30, verify=False) as client:
            headers = {**self.headers, "Accept": "application/json"}
            url = f"{self.base_url}{CHAT}{path}"
            response = await client.request(method, url, json=body, headers=headers)
        assert response.is_success, response.text
        return response.json()

    async def create(self) -> str:
        return str((await self.call("POST", "/conversations", {}))["id"])

    def messages(self, talk: str) -> list[Any]:
        return messages_of(self.engine, talk)


async def next_of(reader: EventReader) -> Event:
    event = await reader.next()
    assert event is not None
    return event


async def heard(reader: EventReader) -> list[Event]:
    """All that is left of a stream."""
    found = []
    while (event := await reader.next()) is not None:
        found.append(event)
    return found


def messages_of(engine: Engine, talk: str) -> list[Any]:
    """What is stored, in order, with the use of each."""
    statement = text(
        "SELECT m.id, m.sender_type, m.content, m.metadata, m.turn_number, m.version,"
        " u.prompt_tokens, u.completion_tokens, u.model_used, u.cost_credits, u.is_free_model"
        " FROM chat.messages m LEFT JOIN chat.usage_tracking u ON u.message_id = m.id"
        " WHERE m.conversation_id = :talk ORDER BY turn_number, version"
    )
    with engine.connect() as connection:
        return list(connection.execute(statement, {"talk": UUID(talk)}))


@pytest.fixture
def talker(server: str, live_settings: Settings, engine: Engine, sim: OpenRouterSim) -> Talker:
    """A fresh user of the server; the simulator has forgotten what was before."""
    return Talker(server, live_settings, add_user(engine), engine)


@pytest.fixture
def own_dsn(server_dsn: str, template: str) -> Iterator[str]:
    """A database of the test's own."""
    with copy_of(server_dsn, template, f"outage_{os.getpid()}") as dsn:
        yield dsn


MakeChatter = Callable[..., Any]


@pytest.fixture
def make_chatter(
    make_settings: MakeSettings, make_client: MakeClient, engine: Engine
) -> MakeChatter:
    """A fresh user of an application with other settings."""

    async def make(**changes: object) -> Chatter:
        settings = make_settings(**changes)
        return Chatter(await make_client(create_app(settings)), settings, add_user(engine))

    return make
