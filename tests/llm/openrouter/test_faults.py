"""The OpenRouter adapter against the simulator: what every fault becomes."""

import asyncio

import pytest

from app.llm.openrouter import OpenRouterModel
from app.llm.port import ModelError, ModelUnavailable
from tests.llm.openrouter.calls import PRIMARY, PURPOSE, a_request, failure, success
from tests.llm.openrouter.failing import FAILING, RETRIED
from tests.support import sim_faults as faults
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.sim_faults import Behaviour

FORGIVEN = [
    faults.good,
    faults.fenced,
    faults.in_prose,
    faults.python_literals,
    faults.finish(None),
    faults.latency(0.1),
    faults.no_usage,
]


class TestFaults:
    @pytest.mark.parametrize(("fault", "error", "reason", "attempts"), FAILING)
    async def test_that_goes_on(
        self,
        sim: OpenRouterSim,
        model: OpenRouterModel,
        fault: Behaviour,
        error: type[ModelError],
        reason: str,
        attempts: int,
    ) -> None:
        sim.always(PURPOSE, fault)
        raised = await failure(model, a_request())
        assert (type(raised), raised.reason, raised.attempts) == (error, reason, attempts)
        assert sim.count(PURPOSE) == attempts
        assert await asyncio.to_thread(sim.wait_idle)

    @pytest.mark.parametrize("fault", RETRIED)
    async def test_that_a_retry_survives(
        self, sim: OpenRouterSim, model: OpenRouterModel, fault: Behaviour
    ) -> None:
        sim.script(PURPOSE, fault)
        answered = await success(model, a_request())
        assert answered.attempts == sim.count(PURPOSE) == 2

    @pytest.mark.parametrize("fault", FORGIVEN, ids=str)
    async def test_that_is_forgiven(
        self, sim: OpenRouterSim, model: OpenRouterModel, fault: Behaviour
    ) -> None:
        sim.always(PURPOSE, fault)
        answered = await success(model, a_request())
        assert answered.attempts == sim.count(PURPOSE) == 1
        assert [score.key for score in answered.value.scores] == ["C01", "C02", "C03"]

    async def test_nobody_listens(self, sim: OpenRouterSim, model: OpenRouterModel) -> None:
        sim.refuse_connections()
        try:
            raised = await failure(model, a_request())
        finally:
            sim.accept_connections()
        assert (type(raised), raised.reason) == (ModelUnavailable, "connection failed")
        assert (raised.attempts, sim.count()) == (2, 0)

    async def test_another_model_answers(self, sim: OpenRouterSim, model: OpenRouterModel) -> None:
        sim.always(PURPOSE, faults.wrong_model("other/model"))
        assert (await success(model, a_request())).model == "other/model"

    async def test_the_answer_names_no_model(
        self, sim: OpenRouterSim, model: OpenRouterModel
    ) -> None:
        sim.always(PURPOSE, faults.envelope("no model", lambda made: made.pop("model")))
        assert (await success(model, a_request())).model == PRIMARY
