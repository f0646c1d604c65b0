"""Two servers: the embedded PostgreSQL and the one that the machine's packages bring."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.embedded import EmbeddedPostgres
from tests.support.databases import ROOT, empty_database


def packaged_binaries() -> Path | None:
    """The newest PostgreSQL of the machine's packages."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parts[-2]))
    return found[-1] if found else None


@pytest.fixture(scope="session")
def packaged_dsn() -> Iterator[str]:
    binaries = packaged_binaries()
    if binaries is None:
        if os.environ.get("CI"):
            pytest.fail("CI installs PostgreSQL from the machine's packages")
        pytest.skip("no PostgreSQL among the machine's packages")
    data_dir = ROOT / ".data" / "tests-packaged"
    data_dir.mkdir(parents=True, exist_ok=True)
    with EmbeddedPostgres.lease(
        data_dir=data_dir, database="tests", bin_dir=binaries, durable=False
    ) as cluster:
        yield cluster.dsn


@pytest.fixture(params=["embedded", "packaged"])
def any_server(request: pytest.FixtureRequest) -> str:
    name = "server_dsn" if request.param == "embedded" else "packaged_dsn"
    dsn: str = request.getfixturevalue(name)
    return dsn


@pytest.fixture
def empty_dsn(any_server: str) -> Iterator[str]:
    with empty_database(any_server, f"migration_{uuid.uuid4().hex[:12]}") as dsn:
        yield dsn
