"""The recorded journey, played once for all tests that look at what was answered."""

import os

import pytest

from tests.support.databases import copy_of
from tests.support.recorded_journey import Examples, record


@pytest.fixture(scope="session")
async def recorded(server_dsn: str, template: str, worker_id: str) -> dict[str, Examples]:
    """Every example by operation id, as the service answers now."""
    with copy_of(server_dsn, template, f"recorded_{worker_id}_{os.getpid()}") as dsn:
        return await record(dsn)
