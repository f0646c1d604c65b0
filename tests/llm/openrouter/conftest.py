"""A simulator per file and a model that talks to it."""

from collections.abc import AsyncIterator, Iterator

import pytest

from app.llm.openrouter import OpenRouterModel
from tests.llm.openrouter.calls import a_model
from tests.support.openrouter_sim import OpenRouterSim


@pytest.fixture(scope="package", autouse=True)
def no_certificates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The simulator speaks plain HTTP: reading all authorities for each client is half a test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("SSL_CERT_FILE", raising=False)
        patch.setenv("SSL_CERT_DIR", str(tmp_path_factory.mktemp("no-certificates")))
        yield


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
