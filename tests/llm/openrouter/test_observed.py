"""What the OpenRouter adapter tells of its attempts."""

import asyncio

from app.core.exposition import exposition
from app.llm.ledger import Attempt
from app.llm.measured import MeasuredModel
from app.llm.port import Usage
from tests.llm.openrouter.calls import PRIMARY, PURPOSE, a_model, a_request, failure, success
from tests.llm.openrouter.outages import A, B, fail, only_dead
from tests.support import sim_faults as faults
from tests.support.fake_clock import FakeClock
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.scrape import Scrape


class TestObserved:
    async def test_every_attempt_once(self, sim: OpenRouterSim) -> None:
        seen: list[Attempt] = []
        sim.script(PURPOSE, faults.status(503), faults.prose_only, faults.wrong_model("other/m"))
        async with a_model(sim, observe=seen.append) as model:
            answered = await success(model, a_request(max_attempts=3))
        assert [(one.model, one.failed, one.retry) for one in seen] == [
            (PRIMARY, True, False),
            (PRIMARY, True, True),
            ("other/m", False, True),
        ]
        assert {one.purpose for one in seen} == {PURPOSE}
        assert seen[0].usage == Usage()
        assert seen[1].usage.completion_tokens > 0
        total = sum(one.usage.completion_tokens for one in seen)
        assert total == answered.usage.completion_tokens

    async def test_one_whose_caller_left(self, sim: OpenRouterSim) -> None:
        seen: list[Attempt] = []
        sim.always(PURPOSE, faults.hang_before_headers)
        async with a_model(sim, observe=seen.append) as model:
            call = asyncio.create_task(model.complete(a_request()))
            assert await asyncio.to_thread(sim.wait_calls, 1)
            call.cancel()
            await asyncio.gather(call, return_exceptions=True)
        assert seen == [Attempt(PURPOSE, PRIMARY, True, False, Usage())]

    async def test_none_that_was_not_made(self, sim: OpenRouterSim) -> None:
        seen: list[Attempt] = []
        sim.always(PURPOSE, faults.status(503))
        async with a_model(sim, observe=seen.append, clock=FakeClock(), models=(A,)) as model:
            await fail(model, 12)
        assert len(seen) == sim.count() == 10

    async def test_a_failure_is_counted_for_the_model_that_was_asked(
        self, sim: OpenRouterSim
    ) -> None:
        sim.always(PURPOSE, only_dead(faults.status(503), A))
        async with a_model(sim, clock=FakeClock(), models=(A, B)) as model:
            await fail(model, 10)
            sim.always(PURPOSE, faults.status(403))
            before = _refused(B)
            await failure(MeasuredModel(model, A), a_request())
        assert _refused(B) == before + 1


def _refused(model: str) -> float:
    scrape = Scrape(exposition().decode())
    return scrape.value("openrouter_requests_total", model=model, status="refused")
