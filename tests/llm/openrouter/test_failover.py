"""Breakers and fallback models of the OpenRouter adapter, over the simulator."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from app.core.exposition import exposition
from app.llm.openrouter import OpenRouterModel
from app.llm.port import ModelBadOutput
from tests.llm.openrouter.calls import (
    KEY,
    NEXT_KEY,
    PURPOSE,
    a_model,
    a_request,
    failure,
    success,
)
from tests.llm.openrouter.outages import A, B, C, asked, fail, only_dead
from tests.support import sim_faults as faults
from tests.support.fake_clock import FakeClock
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.scrape import Scrape

CLOSED, HALF_OPEN, OPEN = 0, 1, 2


@pytest.fixture
async def model(sim: OpenRouterSim, clock: FakeClock) -> AsyncIterator[OpenRouterModel]:
    """Three models, the retry of a call at once."""
    async with a_model(sim, clock=clock, models=(A, B, C)) as built:
        yield built


def shown(name: str) -> float:
    return Scrape(exposition().decode()).value("model_breaker_state", model=name)


@pytest.fixture
async def a_is_dead(sim: OpenRouterSim, model: OpenRouterModel) -> None:
    """A does not answer, and its breaker is open."""
    sim.always(PURPOSE, only_dead(faults.status(503), A))
    await fail(model, 10)
    sim._calls.clear()


class TestFailover:
    async def test_closed_breakers_leave_it_to_openrouter(
        self, sim: OpenRouterSim, model: OpenRouterModel
    ) -> None:
        await success(model, a_request())
        (call,) = sim.calls
        assert (call.body["model"], call.body["models"]) == (A, [B, C])

    async def test_the_next_model_is_asked_first(
        self, sim: OpenRouterSim, model: OpenRouterModel, a_is_dead: None
    ) -> None:
        answered = await success(model, a_request())
        (call,) = sim.calls
        assert (answered.model, answered.attempts) == (B, 1)
        assert (call.body["model"], call.body["models"]) == (B, [C])

    async def test_the_last_one_goes_alone(
        self, sim: OpenRouterSim, model: OpenRouterModel, a_is_dead: None
    ) -> None:
        sim.always(PURPOSE, only_dead(faults.status(503), A, B))
        await fail(model, 10)
        await success(model, a_request())
        assert sim.calls[-1].body["model"] == C
        assert "models" not in sim.calls[-1].body

    async def test_openrouter_is_not_told_to_ask_a_dead_one(
        self, sim: OpenRouterSim, model: OpenRouterModel, clock: FakeClock, a_is_dead: None
    ) -> None:
        sim.always(PURPOSE, only_dead(faults.status(503), A, B))
        await fail(model, 10)
        clock.advance(30)
        sim.always(PURPOSE, only_dead(faults.status(503), B))
        for _ in range(2):  # the probe, and a call after the recovery
            await success(model, a_request())
            assert (sim.calls[-1].body["model"], sim.calls[-1].body["models"]) == (A, [C])

    async def test_in_the_middle_of_a_call_at_once(self, sim: OpenRouterSim) -> None:
        sim.always(PURPOSE, only_dead(faults.status(503), A))
        async with a_model(sim, clock=FakeClock(), models=(A, B), retry_delay_s=60.0) as model:
            await fail(model, 9)
            answered = await success(model, a_request())
        assert (answered.model, answered.attempts) == (B, 2)
        assert asked(sim)[-2:] == [A, B]

    async def test_attempts_are_those_of_all_models_together(
        self, sim: OpenRouterSim, model: OpenRouterModel
    ) -> None:
        sim.always(PURPOSE, faults.status(503))
        for _ in range(20):
            before = sim.count()
            raised = await failure(model, a_request(max_attempts=2))
            assert raised.attempts == sim.count() - before <= 2
        assert sim.count() == 30  # ten of each, then none

    async def test_a_fallback_that_answers_tells_of_the_first(
        self, sim: OpenRouterSim, model: OpenRouterModel
    ) -> None:
        sim.always(PURPOSE, faults.wrong_model(B))
        for _ in range(10):
            assert (await success(model, a_request())).model == B
        await success(model, a_request())
        assert asked(sim) == [A] * 10 + [B]

    async def test_another_name_of_the_model_is_the_model(
        self, sim: OpenRouterSim, model: OpenRouterModel
    ) -> None:
        sim.always(PURPOSE, faults.wrong_model(f"{A}-2026-11"))
        for _ in range(12):
            await success(model, a_request())
        assert set(asked(sim)) == {A}

    async def test_a_key_rotates_on_the_fallback_too(self, sim: OpenRouterSim) -> None:
        async with a_model(sim, clock=FakeClock(), models=(A, B), api_key_next=NEXT_KEY) as model:
            sim.always(PURPOSE, only_dead(faults.status(503), A))
            await fail(model, 10)
            sim.valid_keys = frozenset({NEXT_KEY})
            assert (await success(model, a_request())).attempts == 2
        keys = [call.headers["authorization"].split()[1] for call in sim.calls[-2:]]
        assert (asked(sim)[-2:], keys) == ([B, B], [KEY, NEXT_KEY])


class TestWhileOpen:
    async def test_none_left_is_refused_at_once(
        self, sim: OpenRouterSim, model: OpenRouterModel
    ) -> None:
        sim.always(PURPOSE, faults.status(503))
        await fail(model, 30)
        request = a_request()
        took = [await _seconds(lambda: failure(model, request)) for _ in range(50)]
        assert min(took) < 0.005
        assert sim.count() == 30

    async def test_moving_on_takes_under_five_milliseconds(
        self, sim: OpenRouterSim, model: OpenRouterModel
    ) -> None:
        """Measured against the same calls with nothing to move on from."""
        async with a_model(sim, clock=FakeClock(), models=(B, C)) as plain:
            await success(plain, a_request())
            usual = [await _seconds(lambda: success(plain, a_request())) for _ in range(30)]
        sim.always(PURPOSE, only_dead(faults.status(503), A))
        await fail(model, 10)
        moved = [await _seconds(lambda: success(model, a_request())) for _ in range(30)]
        assert min(moved) - min(usual) < 0.005

    async def test_who_waits_for_a_slot_is_refused_when_it_comes(self, sim: OpenRouterSim) -> None:
        sim.always(PURPOSE, faults.status(503))
        async with a_model(sim, models=(A,), max_in_flight=1) as model:
            request = a_request(max_attempts=1)
            ended = await asyncio.gather(*(failure(model, request) for _ in range(13)))
        assert sorted(error.attempts for error in ended) == [0] * 3 + [1] * 10
        assert sim.count() == 10

    async def test_nobody_waits_for_a_slot_in_vain(
        self, sim: OpenRouterSim, clock: FakeClock
    ) -> None:
        """The one slot is held by the probe: the others are refused before it ends."""
        sim.always(PURPOSE, faults.status(503))
        async with a_model(sim, clock=clock, models=(A,), max_in_flight=1) as model:
            await fail(model, 10)
            clock.advance(30)
            sim.always(PURPOSE, faults.hang_before_headers)
            probe = asyncio.create_task(failure(model, a_request(max_attempts=1)))
            assert await asyncio.to_thread(sim.wait_calls, 11)
            (refused,) = await fail(model, 1)
            assert not probe.done()
            assert (await probe).attempts == 1
        assert refused.reason == "circuit open"


class TestRecovery:
    async def test_a_dead_primary_costs_a_probe_in_thirty_seconds(
        self, sim: OpenRouterSim, model: OpenRouterModel, clock: FakeClock, a_is_dead: None
    ) -> None:
        for _ in range(120):
            await success(model, a_request())
            clock.advance(1)
        assert asked(sim).count(A) == 3
        assert asked(sim).count(B) == 120

    async def test_one_probe_is_enough(
        self, sim: OpenRouterSim, model: OpenRouterModel, clock: FakeClock, a_is_dead: None
    ) -> None:
        sim.always(PURPOSE, faults.good)
        clock.advance(30)
        for _ in range(3):
            assert (await success(model, a_request())).model == A
        assert asked(sim) == [A, A, A]

    async def test_while_it_is_probed_the_others_move_on(
        self, sim: OpenRouterSim, model: OpenRouterModel, clock: FakeClock, a_is_dead: None
    ) -> None:
        clock.advance(30)
        sim.always(PURPOSE, only_dead(faults.latency(0.2), A))
        sim.script(PURPOSE, faults.latency(0.2))
        probe = asyncio.create_task(success(model, a_request()))
        assert await asyncio.to_thread(sim.wait_calls, 1)
        others = await asyncio.gather(*(success(model, a_request()) for _ in range(8)))
        assert {answer.model for answer in others} == {B}
        assert (await probe).model == A
        assert (await success(model, a_request())).model == A

    async def test_a_probe_whose_caller_leaves_is_made_again(
        self, sim: OpenRouterSim, model: OpenRouterModel, clock: FakeClock, a_is_dead: None
    ) -> None:
        clock.advance(30)
        sim.script(PURPOSE, faults.hang_before_headers)
        probe = asyncio.create_task(model.complete(a_request()))
        assert await asyncio.to_thread(sim.wait_calls, 1)
        probe.cancel()
        await asyncio.gather(probe, return_exceptions=True)
        sim.always(PURPOSE, faults.good)
        assert (await success(model, a_request())).model == A

    async def test_an_answer_of_no_use_is_a_sign_of_life(
        self, sim: OpenRouterSim, model: OpenRouterModel, clock: FakeClock, a_is_dead: None
    ) -> None:
        clock.advance(30)
        sim.script(PURPOSE, faults.prose_only)
        assert isinstance((await fail(model, 1))[0], ModelBadOutput)
        sim.always(PURPOSE, faults.good)
        assert (await success(model, a_request())).model == A

    async def test_metrics_show_it(
        self, sim: OpenRouterSim, model: OpenRouterModel, clock: FakeClock
    ) -> None:
        assert [shown(name) for name in (A, B, C)] == [CLOSED] * 3
        sim.always(PURPOSE, only_dead(faults.status(503), A))
        await fail(model, 10)
        assert [shown(name) for name in (A, B, C)] == [OPEN, CLOSED, CLOSED]
        clock.advance(30)
        sim.script(PURPOSE, faults.status(403))  # says nothing
        await fail(model, 1)
        assert shown(A) == HALF_OPEN
        sim.always(PURPOSE, faults.good)
        await success(model, a_request())
        assert shown(A) == CLOSED


async def _seconds(work: Callable[[], Awaitable[object]]) -> float:
    started = time.perf_counter()
    await work()
    return time.perf_counter() - started
