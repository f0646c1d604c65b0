"""The recorded journey and the OpenAPI document, made once for all tests that look at them."""

import os
from typing import Any

import pytest

from app.main import create_app
from tests.conftest import SECRET
from tests.support.databases import copy_of
from tests.support.recorded_journey import Examples, record
from tests.support.stated import stated_settings


@pytest.fixture(scope="session")
def document() -> dict[str, Any]:
    """Building it needs no database, and takes 0.3 s."""
    url = "postgresql://nobody@127.0.0.1:1/none"
    settings = stated_settings(app_env="local", database_url=url, jwt_secret=SECRET)
    return create_app(settings).openapi()


@pytest.fixture(scope="session")
async def recorded(server_dsn: str, template: str, worker_id: str) -> dict[str, Examples]:
    """Every example by operation id, as the service answers now."""
    with copy_of(server_dsn, template, f"recorded_{worker_id}_{os.getpid()}") as dsn:
        return await record(dsn)
