"""What opens the circuit breaker of a model, and what does not."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from app.llm.openrouter import OpenRouterModel
from app.llm.port import Deadline, ModelTimeout, ModelUnavailable
from tests.llm.openrouter.calls import (
    PURPOSE,
    a_model,
    a_request,
    failure,
    success,
)
from tests.llm.openrouter.outages import A, fail
from tests.support import sim_faults as faults
from tests.support.fake_clock import FakeClock
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.sim_faults import Behaviour


@pytest.fixture
async def alone(sim: OpenRouterSim, clock: FakeClock) -> AsyncIterator[OpenRouterModel]:
    async with a_model(sim, clock=clock, models=(A,)) as built:
        yield built


class TestOpening:
    @pytest.mark.parametrize(
        "fault",
        [
            faults.status(503),
            faults.status(429),
            faults.status(408),
            faults.status(402, "60"),
            faults.reset,
            faults.html,
            faults.error_object(502),
            faults.finish("error"),
        ],
        ids=str,
    )
    async def test_faults_of_the_provider(
        self, sim: OpenRouterSim, alone: OpenRouterModel, fault: Behaviour
    ) -> None:
        sim.always(PURPOSE, fault)
        await fail(alone, 10)
        (refused,) = await fail(alone, 1)
        assert (type(refused), refused.reason) == (ModelUnavailable, "circuit open")
        assert (refused.attempts, sim.count()) == (0, 10)

    async def test_an_attempt_that_had_its_time(
        self, sim: OpenRouterSim, alone: OpenRouterModel
    ) -> None:
        sim.always(PURPOSE, faults.hang_before_headers)
        request = a_request(max_attempts=1, attempt_timeout_s=0.02)
        ended = await asyncio.gather(*(failure(alone, request) for _ in range(10)))
        assert {type(error) for error in ended} == {ModelTimeout}
        assert (await fail(alone, 1))[0].reason == "circuit open"

    @pytest.mark.parametrize(
        "fault",
        [
            faults.status(400),
            faults.status(401),
            faults.status(402),
            faults.status(403),
            faults.status(404),
            faults.refusal(),
            faults.prose_only,
            faults.wrong_keys,
            faults.finish("length"),
        ],
        ids=str,
    )
    async def test_what_a_caller_asked_shuts_nobody_out(
        self, sim: OpenRouterSim, alone: OpenRouterModel, fault: Behaviour
    ) -> None:
        sim.always(PURPOSE, fault)
        assert all(error.attempts == 1 for error in await fail(alone, 20))
        assert sim.count() == 20

    async def test_a_deadline_that_was_too_short(
        self, sim: OpenRouterSim, alone: OpenRouterModel
    ) -> None:
        sim.always(PURPOSE, faults.hang_before_headers)
        for _ in range(12):
            await failure(alone, a_request(deadline=Deadline.after(0.01)))
        sim.always(PURPOSE, faults.good)
        await success(alone, a_request())

    async def test_callers_that_leave(self, sim: OpenRouterSim, alone: OpenRouterModel) -> None:
        sim.always(PURPOSE, faults.hang_before_headers)
        left = [asyncio.create_task(alone.complete(a_request())) for _ in range(12)]
        assert await asyncio.to_thread(sim.wait_calls, 12)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        sim.always(PURPOSE, faults.good)
        await success(alone, a_request())

    async def test_retries_count(self, sim: OpenRouterSim, alone: OpenRouterModel) -> None:
        sim.always(PURPOSE, faults.status(503))
        raised = [await failure(alone, a_request(max_attempts=2)) for _ in range(6)]
        assert [error.attempts for error in raised] == [2, 2, 2, 2, 2, 0]
        assert raised[4].reason == "http 503"
