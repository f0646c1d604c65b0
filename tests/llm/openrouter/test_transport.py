"""What lies beneath the adapter: it must not retry, not count, not speak of what it carried."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from app.llm.openrouter import OpenRouterModel
from app.llm.port import Deadline, ModelUnavailable
from tests.llm.openrouter.calls import PURPOSE, a_model, a_request, failure, success
from tests.support import sim_faults as faults
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.sim_faults import Behaviour
from tests.support.sim_http import Exchange


def malformed(name: str, head: bytes) -> Behaviour:
    async def play(exchange: Exchange) -> None:
        await exchange.write(head)
        exchange.hang_up()

    return Behaviour(name, play)


MALFORMED = [
    malformed("no HTTP", b"SSH-2.0-OpenSSH_9.2\r\n\r\n"),
    malformed("bad length", b"HTTP/1.1 200 OK\r\nContent-Length: much\r\n\r\n{}"),
    malformed("bad chunk", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n"),
    malformed("endless header", b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000 + b"\r\n\r\n{}"),
    malformed(
        "no gzip", b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}"
    ),
]


@pytest.fixture
async def patient(sim: OpenRouterSim) -> AsyncIterator[OpenRouterModel]:
    async with a_model(sim) as model:
        yield model


class TestTransport:
    @pytest.mark.parametrize("fault", MALFORMED, ids=str)
    async def test_malformed_responses_are_typed(
        self, sim: OpenRouterSim, patient: OpenRouterModel, fault: Behaviour
    ) -> None:
        sim.always(PURPOSE, fault)
        raised = await failure(patient, a_request())
        assert (type(raised), raised.reason) == (ModelUnavailable, "connection failed")
        assert raised.attempts == sim.count() == 2
        assert raised.__context__ is None

    async def test_it_does_not_retry_by_itself(
        self, sim: OpenRouterSim, patient: OpenRouterModel
    ) -> None:
        """A kept connection that closes under the next request: clients like to try again."""
        await success(patient, a_request())
        sim.script(PURPOSE, faults.hang_up)
        raised = await failure(patient, a_request(max_attempts=1))
        assert (raised.attempts, sim.count()) == (1, 2)

    async def test_a_connection_that_closed_while_idle_is_not_used(
        self, sim: OpenRouterSim, patient: OpenRouterModel
    ) -> None:
        await success(patient, a_request())
        sim.refuse_connections()
        sim.accept_connections()
        await asyncio.sleep(0.01)  # the loop must hear of it
        assert (await success(patient, a_request(max_attempts=1))).attempts == 1

    async def test_it_does_not_follow_redirects(
        self, sim: OpenRouterSim, patient: OpenRouterModel
    ) -> None:
        sim.always(PURPOSE, faults.status(302))
        await failure(patient, a_request(max_attempts=1))
        assert sim.count() == 1

    async def test_no_limit_of_its_own(self, sim: OpenRouterSim, patient: OpenRouterModel) -> None:
        """aiohttp stops at 100 connections unless told otherwise."""
        sim.always(PURPOSE, faults.hang_before_headers)
        request = a_request(attempt_timeout_s=10.0, deadline=Deadline.after(10.0))
        calls = [asyncio.create_task(patient.complete(request)) for _ in range(150)]
        assert await asyncio.to_thread(sim.wait_calls, 150, 8.0)
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
