"""A database of one's own: another test's jobs would be done here."""

import os
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine

from app.core.database import psycopg2_url
from app.core.settings import Settings
from tests.conftest import MakeSettings
from tests.support.databases import copy_of
from tests.support.working import QUICK


@pytest.fixture(scope="module")
def own_dsn(server_dsn: str, template: str, worker_id: str) -> Iterator[str]:
    with copy_of(server_dsn, template, f"finalize_{worker_id}_{os.getpid()}") as dsn:
        yield dsn


@pytest.fixture(scope="module")
def own_engine(own_dsn: str) -> Iterator[Engine]:
    engine = create_engine(psycopg2_url(own_dsn))
    yield engine
    engine.dispose()


@pytest.fixture
def quick(own_dsn: str, make_settings: MakeSettings) -> Settings:
    """A server that does jobs too, and waits for nothing long."""
    return make_settings(database_url=own_dsn, worker_in_serve=True, **QUICK)


@pytest.fixture
def idle(own_dsn: str, make_settings: MakeSettings) -> Settings:
    """A server that leaves the jobs to others."""
    return make_settings(database_url=own_dsn, **QUICK)
