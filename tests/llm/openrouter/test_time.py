"""The OpenRouter adapter and time: delays, deadlines, slots, cancellation."""

import asyncio
import time

import pytest

from app.llm.openrouter import OpenRouterModel
from app.llm.port import Deadline, ModelRateLimited, ModelTimeout
from tests.llm.openrouter.calls import ATTEMPT_S, PURPOSE, a_model, a_request, failure, success
from tests.support import sim_faults as faults
from tests.support.openrouter_sim import OpenRouterSim


class TestTime:
    async def test_the_delay_has_jitter(self, sim: OpenRouterSim) -> None:
        delay = 0.05
        sim.always(PURPOSE, faults.status(503))
        async with a_model(sim, retry_delay_s=delay) as model:
            for _ in range(3):
                await failure(model, a_request())
        gaps = [b.started - a.started for a, b in zip(sim.calls[::2], sim.calls[1::2], strict=True)]
        assert all(0.75 * delay <= gap < delay + 0.15 for gap in gaps)
        assert len({round(gap, 4) for gap in gaps}) > 1

    async def test_retry_after_in_seconds(self, sim: OpenRouterSim, model: OpenRouterModel) -> None:
        sim.script(PURPOSE, faults.status(429, "0.3"))
        await success(model, a_request())
        first, second = sim.calls
        assert 0.3 <= second.started - first.started < 0.45

    async def test_retry_after_as_a_date(self, sim: OpenRouterSim, model: OpenRouterModel) -> None:
        sim.script(PURPOSE, faults.status(429, faults.in_http_date(2)))
        await success(model, a_request(deadline=Deadline.after(4)))
        first, second = sim.calls
        assert 0.9 <= second.started - first.started < 2.2

    @pytest.mark.parametrize("wait", ["1", "60", "date"])
    async def test_retry_after_beyond_the_deadline_fails_at_once(
        self, sim: OpenRouterSim, model: OpenRouterModel, wait: str
    ) -> None:
        header = faults.in_http_date(60) if wait == "date" else wait
        sim.always(PURPOSE, faults.status(429, header))
        started = time.monotonic()
        raised = await failure(model, a_request())
        assert (type(raised), raised.attempts) == (ModelRateLimited, 1)
        assert time.monotonic() - started < 0.2

    async def test_no_retry_that_could_not_finish(
        self, sim: OpenRouterSim, model: OpenRouterModel
    ) -> None:
        sim.always(PURPOSE, faults.hang_before_headers)
        raised = await failure(model, a_request(deadline=Deadline.after(ATTEMPT_S + 0.15)))
        assert (type(raised), raised.attempts, sim.count()) == (ModelTimeout, 1, 1)

    async def test_the_deadline_cuts_an_attempt(
        self, sim: OpenRouterSim, model: OpenRouterModel
    ) -> None:
        sim.always(PURPOSE, faults.slow_drip())
        raised = await failure(model, a_request(deadline=Deadline.after(0.1)))
        assert (type(raised), raised.reason, raised.attempts) == (ModelTimeout, "deadline", 1)

    async def test_the_deadline_has_passed(
        self, sim: OpenRouterSim, model: OpenRouterModel
    ) -> None:
        raised = await failure(model, a_request(deadline=Deadline.after(-0.01)))
        assert (type(raised), raised.attempts, sim.count()) == (ModelTimeout, 0, 0)

    async def test_waiting_for_a_slot_counts(self, sim: OpenRouterSim) -> None:
        sim.always(PURPOSE, faults.hang_before_headers)
        async with a_model(sim, max_in_flight=1) as model:
            first = asyncio.create_task(failure(model, a_request(attempt_timeout_s=0.6)))
            await asyncio.to_thread(sim.wait_calls, 1)
            raised = await failure(model, a_request(deadline=Deadline.after(0.2)))
            assert (type(raised), raised.attempts) == (ModelTimeout, 0)
            assert isinstance(await first, ModelTimeout)
        assert sim.count() == 1

    async def test_no_more_in_flight_than_allowed(self, sim: OpenRouterSim) -> None:
        sim.latency = 0.05
        async with a_model(sim, max_in_flight=3) as model:
            await asyncio.gather(*(success(model, a_request()) for _ in range(12)))
        assert (sim.max_in_flight, sim.count()) == (3, 12)

    async def test_the_wait_before_a_retry_holds_no_slot(self, sim: OpenRouterSim) -> None:
        sim.script(PURPOSE, faults.status(429, "0.3"))
        async with a_model(sim, max_in_flight=1) as model:
            first = asyncio.create_task(success(model, a_request()))
            await asyncio.to_thread(sim.wait_calls, 1)
            second = await success(model, a_request())
            assert not first.done()
            assert (second.attempts, (await first).attempts) == (1, 2)

    async def test_cancelled(self, sim: OpenRouterSim) -> None:
        sim.always(PURPOSE, faults.hang_mid_body)
        async with a_model(sim, max_in_flight=1) as model:
            task = asyncio.create_task(model.complete(a_request()))
            await asyncio.to_thread(sim.wait_calls, 1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert await asyncio.to_thread(sim.wait_idle)
            assert [call.aborted for call in sim.calls] == [True]
            sim.always(PURPOSE, faults.good)
            await success(model, a_request())
