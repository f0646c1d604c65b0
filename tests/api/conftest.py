"""What every test of the interface leaves behind: nothing in the shared catalogue."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from tests.support import rows


@pytest.fixture(autouse=True)
def untouched_catalogue(engine: Engine) -> Iterator[None]:
    yield
    rows.forget_professions(engine)
