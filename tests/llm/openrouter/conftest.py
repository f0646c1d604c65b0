"""A simulator per file and a model that talks to it."""

from collections.abc import AsyncIterator, Iterator

import pytest

from app.llm.openrouter import OpenRouterModel
from tests.llm.openrouter.calls import a_model
from tests.support.fake_clock import FakeClock
from tests.support.openrouter_sim import OpenRouterSim


@pytest.fixture(scope="module")
def server() -> Iterator[OpenRouterSim]:
    with OpenRouterSim() as sim:
        yield sim


@pytest.fixture
def sim(server: OpenRouterSim) -> OpenRouterSim:
    server.reset()
    return server


@pytest.fixture
async def model(sim: OpenRouterSim) -> AsyncIterator[OpenRouterModel]:
    async with a_model(sim) as built:
        yield built


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()
