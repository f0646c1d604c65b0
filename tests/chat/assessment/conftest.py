"""A server with its worker on, on a database of its own: other tests would not do its jobs."""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, create_engine

from app.core.database import psycopg2_url
from app.core.settings import AppEnv, Settings
from tests.chat.assessment.person import Person
from tests.conftest import RATE_LIMITS, SECRET
from tests.support.databases import as_service, copy_of
from tests.support.live_server import live_server
from tests.support.player import add_user
from tests.support.stated import stated_settings
from tests.support.working import QUICK

INTERNAL_KEY = "5e1f7c92a4d04b6d8f3b2a6c9d7e8f10"
MakeOwnSettings = Callable[..., Settings]


@pytest.fixture(scope="package")
def own_dsn(server_dsn: str, template: str, worker_id: str) -> Iterator[str]:
    with copy_of(server_dsn, template, f"results_{worker_id}_{os.getpid()}") as dsn:
        yield dsn


@pytest.fixture(scope="package")
def own_engine(own_dsn: str) -> Iterator[Engine]:
    engine = create_engine(psycopg2_url(own_dsn))
    yield engine
    engine.dispose()


@pytest.fixture(scope="package")
def own_settings(own_dsn: str) -> MakeOwnSettings:
    """Offline: the model is not what is tested here."""

    def make(**changes: Any) -> Settings:
        values: dict[str, Any] = {
            "app_env": AppEnv.LOCAL,
            "database_url": as_service(own_dsn),
            "jwt_secret": SECRET,
            "internal_service_key": INTERNAL_KEY,
            "worker_in_serve": True,
            **dict.fromkeys(RATE_LIMITS, "1000000/hour"),
            **QUICK,
        }
        return stated_settings(**{**values, **changes})

    return make


@pytest.fixture(scope="package")
def server(own_settings: MakeOwnSettings) -> Iterator[str]:
    with live_server(own_settings()) as base_url:
        yield base_url


MakePerson = Callable[[], Person]


@pytest.fixture
async def make_person(
    server: str, own_settings: MakeOwnSettings, own_engine: Engine
) -> AsyncIterator[MakePerson]:
    """Fresh users, with the client of their app."""
    async with httpx.AsyncClient(base_url=server, timeout=30) as client:
        yield lambda: Person(client, own_settings(), add_user(own_engine), own_engine)


@pytest.fixture
def person(make_person: MakePerson) -> Person:
    return make_person()


@pytest.fixture
def stranger(make_person: MakePerson) -> Person:
    return make_person()


@pytest.fixture
async def service(server: str) -> AsyncIterator[httpx.AsyncClient]:
    """Another service of ours."""
    headers = {"X-Internal-Key": INTERNAL_KEY}
    async with httpx.AsyncClient(base_url=server, timeout=30, headers=headers) as client:
        yield client


@pytest.fixture(scope="module")
def lonely_dsn(server_dsn: str, template: str, worker_id: str) -> Iterator[str]:
    """Where no worker is but those of the test."""
    with copy_of(server_dsn, template, f"killed_{worker_id}_{os.getpid()}") as dsn:
        yield dsn


@pytest.fixture(scope="module")
def lonely_engine(lonely_dsn: str) -> Iterator[Engine]:
    engine = create_engine(psycopg2_url(lonely_dsn))
    yield engine
    engine.dispose()
