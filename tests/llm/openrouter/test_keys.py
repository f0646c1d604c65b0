"""The two keys of the OpenRouter adapter."""

import asyncio

from app.llm.port import ModelRefused
from tests.llm.openrouter.calls import KEY, NEXT_KEY, PURPOSE, a_model, a_request, failure, success
from tests.support import sim_faults as faults
from tests.support.openrouter_sim import OpenRouterSim


class TestKeys:
    async def test_the_next_key_takes_over_for_good(self, sim: OpenRouterSim) -> None:
        sim.valid_keys = frozenset({NEXT_KEY})
        async with a_model(sim, api_key_next=NEXT_KEY) as model:
            attempts = [(await success(model, a_request())).attempts for _ in range(3)]
        keys = [call.headers["authorization"].split()[1] for call in sim.calls]
        assert attempts == [2, 1, 1]
        assert keys == [KEY, NEXT_KEY, NEXT_KEY, NEXT_KEY]

    async def test_at_once(self, sim: OpenRouterSim) -> None:
        sim.valid_keys = frozenset({NEXT_KEY})
        async with a_model(sim, api_key_next=NEXT_KEY, retry_delay_s=60.0) as model:
            await success(model, a_request())

    async def test_both_are_refused(self, sim: OpenRouterSim) -> None:
        sim.valid_keys = frozenset()
        async with a_model(sim, api_key_next=NEXT_KEY) as model:
            for attempts in (2, 1):
                raised = await failure(model, a_request(max_attempts=4))
                assert (type(raised), raised.attempts) == (ModelRefused, attempts)
        assert sim.count() == 3

    async def test_calls_under_way_when_the_key_dies(self, sim: OpenRouterSim) -> None:
        sim.valid_keys = frozenset({NEXT_KEY})
        async with a_model(sim, api_key_next=NEXT_KEY) as model:
            answers = await asyncio.gather(*(success(model, a_request()) for _ in range(8)))
        assert {answer.attempts for answer in answers} <= {1, 2}

    async def test_rotation_is_within_the_budget(self, sim: OpenRouterSim) -> None:
        sim.valid_keys = frozenset({NEXT_KEY})
        async with a_model(sim, api_key_next=NEXT_KEY) as model:
            raised = await failure(model, a_request(max_attempts=1))
            assert (raised.attempts, sim.count()) == (1, 1)
            assert (await success(model, a_request())).attempts == 1

    async def test_a_401_inside_a_200(self, sim: OpenRouterSim) -> None:
        sim.script(PURPOSE, faults.error_object(401))
        async with a_model(sim, api_key_next=NEXT_KEY) as model:
            assert (await success(model, a_request())).attempts == 2
