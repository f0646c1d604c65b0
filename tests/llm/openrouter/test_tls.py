"""The OpenRouter adapter over TLS."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.llm.port import ModelUnavailable
from tests.llm.openrouter.calls import PURPOSE, a_model, a_request, failure, success
from tests.support import sim_faults as faults
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.sim_tls import Certificate

CERTIFICATE = Certificate()


@pytest.fixture
def secure() -> Iterator[OpenRouterSim]:
    with OpenRouterSim(certificate=CERTIFICATE) as sim:
        yield sim


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment names the simulator's certificate as an authority."""
    (tmp_path / "ca.pem").write_bytes(CERTIFICATE.pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))


class TestTLS:
    async def test_one_handshake_for_many_calls(self, secure: OpenRouterSim, trusted: None) -> None:
        async with a_model(secure) as model:
            for _ in range(5):
                await success(model, a_request())
        assert len({call.connection for call in secure.calls}) == 1

    async def test_an_unknown_authority_is_not_trusted(self, secure: OpenRouterSim) -> None:
        async with a_model(secure) as model:
            raised = await failure(model, a_request())
        assert (type(raised), raised.reason) == (ModelUnavailable, "connection failed")
        assert (raised.attempts, secure.count()) == (2, 0)

    @pytest.mark.parametrize(
        "fault",
        [faults.hang_mid_body, faults.reset_mid_body, faults.hang_before_headers, faults.hang_up],
        ids=str,
    )
    async def test_faults(
        self, secure: OpenRouterSim, trusted: None, fault: faults.Behaviour
    ) -> None:
        secure.always(PURPOSE, fault)
        async with a_model(secure) as model:
            raised = await failure(model, a_request())
        assert raised.attempts == secure.count() == 2
