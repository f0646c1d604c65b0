"""A simulator of chat models for each test, and an advisor that asks it."""

from collections.abc import Iterator

import pytest

from tests.support.openrouter_sim import OpenRouterSim


@pytest.fixture(scope="package", autouse=True)
def no_certificates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The simulator speaks plain HTTP: reading all authorities for each client is half a test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("SSL_CERT_FILE", raising=False)
        patch.setenv("SSL_CERT_DIR", str(tmp_path_factory.mktemp("no-certificates")))
        yield


@pytest.fixture(scope="package")
def server() -> Iterator[OpenRouterSim]:
    with OpenRouterSim() as sim:
        yield sim


@pytest.fixture
def sim(server: OpenRouterSim) -> OpenRouterSim:
    server.reset()
    return server
