"""Folders for clusters, a cluster that tests take turns with, and other processes' leases."""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.core.embedded import EmbeddedPostgres
from app.core.embedded.placement import Placement
from tests.core.embedded.clusters import (
    Holder,
    StartHolder,
    is_all_gone,
    leftovers_of,
    made_and_left,
)


@pytest.fixture(scope="package")
def clusters() -> Iterator[Path]:
    """A folder that everyone can enter (pytest's own is 0700); all clusters in it are forgotten."""
    folder = Path(tempfile.mkdtemp(prefix="kd-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    for data_dir in [*folder.rglob(".data")]:
        EmbeddedPostgres.forget(data_dir)
    shutil.rmtree(folder)


@pytest.fixture
def checkout(clusters: Path) -> Iterator[Path]:
    """A folder of this test's own, in which nothing runs at the end."""
    folder = Path(tempfile.mkdtemp(dir=clusters))
    folder.chmod(0o755)
    yield folder
    for data_dir in folder.rglob(".data"):
        assert is_all_gone(data_dir), leftovers_of(data_dir)


@pytest.fixture
def data_dir(checkout: Path) -> Path:
    """Where a cluster is still to be made, which takes most of a second."""
    return checkout / ".data"


@pytest.fixture(scope="package")
def made(clusters: Path) -> Placement:
    return made_and_left(clusters / "made" / ".data")


@pytest.fixture
def kept(made: Placement) -> Iterator[Path]:
    """The data folder of a stopped cluster with a table `kept`; tests take turns with it."""
    yield made.data_dir
    assert is_all_gone(made.data_dir), leftovers_of(made.data_dir)


@pytest.fixture
def holders() -> Iterator[StartHolder]:
    """Starts processes that hold a lease; those still running at the end are told to leave."""
    with contextlib.ExitStack() as stack:

        def start(data_dir: Path, **options: Any) -> Holder:
            return stack.enter_context(Holder(data_dir, **options))

        yield start
