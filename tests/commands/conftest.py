"""Checkouts to run commands in."""

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.core.embedded import EmbeddedPostgres
from tests.support.checkouts import Checkout, make_checkout


@pytest.fixture(scope="session")
def new_checkout() -> Iterator[Callable[..., Checkout]]:
    """Makes checkouts below a folder that everyone can enter (pytest's own is 0700).

    At the end nothing may run in any of them.
    """
    base = Path(tempfile.mkdtemp(prefix="kd-", dir="/tmp"))
    base.chmod(0o755)
    made: list[Checkout] = []

    def make(name: str, owner: str | None = None, python: str = sys.executable) -> Checkout:
        made.append(make_checkout(base / f"{len(made)}-{name}", python, owner))
        return made[-1]

    yield make
    left = {checkout.path.name: checkout.leftovers() for checkout in made}
    for checkout in made:
        EmbeddedPostgres.forget(checkout.data_dir)
    shutil.rmtree(base)
    assert not any(left.values()), left


@pytest.fixture(scope="session")
def checkout(new_checkout: Callable[..., Checkout]) -> Checkout:
    """One checkout whose tests take turns; each leaves it quiet."""
    return new_checkout("shared")
