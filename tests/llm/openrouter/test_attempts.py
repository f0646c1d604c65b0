"""The attempts of the OpenRouter adapter: how many, what they cost, what is logged of them."""

from typing import Any

import pytest
from structlog.testing import capture_logs

from app.llm.openrouter import OpenRouterModel
from tests.llm.openrouter.calls import PRIMARY, PROMPT, PURPOSE, Answer, a_request, failure, success
from tests.support import sim_faults as faults
from tests.support.openrouter_sim import OpenRouterSim


class TestAttempts:
    @pytest.mark.parametrize("most", [1, 2, 3])
    async def test_never_more_than_asked(
        self, sim: OpenRouterSim, model: OpenRouterModel, most: int
    ) -> None:
        sim.always(PURPOSE, faults.status(503))
        raised = await failure(model, a_request(max_attempts=most))
        assert raised.attempts == sim.count(PURPOSE) == most

    async def test_usage_of_all_attempts(self, sim: OpenRouterSim, model: OpenRouterModel) -> None:
        sim.always(PURPOSE, faults.fixed("{}"))
        sim.script(PURPOSE, faults.extra_keys)
        answered = await success(model, a_request(read=_only_empty))
        (first, _second) = sim.calls
        prompt = -(-len("Nilai." + PROMPT) * 2 // 7)
        assert len(first.body["messages"]) == 2
        assert answered.usage.prompt_tokens == 2 * prompt
        assert answered.usage.completion_tokens > 1
        assert answered.usage.cost > 0

    @pytest.mark.parametrize(
        "usage", [None, 7, {"prompt_tokens": "9", "cost": -1}, {"cost": float("nan")}], ids=str
    )
    async def test_odd_usage_counts_nothing(
        self, sim: OpenRouterSim, model: OpenRouterModel, usage: object
    ) -> None:
        sim.always(PURPOSE, faults.envelope("odd", lambda made: made.update(usage=usage)))
        answered = await success(model, a_request())
        assert (answered.usage.prompt_tokens, answered.usage.cost) == (0, 0.0)

    async def test_a_bug_of_the_caller_is_no_bad_output(
        self, sim: OpenRouterSim, model: OpenRouterModel
    ) -> None:
        def buggy(_value: object) -> Answer:
            raise TypeError("bug")

        with pytest.raises(TypeError, match="bug"):
            await model.complete(a_request(read=buggy))
        assert sim.count() == 1


def _only_empty(value: object) -> Any:
    if value != {}:
        raise ValueError("not empty")
    return value


class TestLog:
    async def test_one_event_per_failed_attempt(
        self, sim: OpenRouterSim, model: OpenRouterModel
    ) -> None:
        sim.script(PURPOSE, faults.status(503))
        with capture_logs() as logs:
            await success(model, a_request())
        assert logs == [
            {
                "event": "model_attempt_failed",
                "log_level": "warning",
                "purpose": "ikigai_scoring",
                "model": PRIMARY,
                "reason": "http 503",
                "attempt": 1,
            }
        ]
