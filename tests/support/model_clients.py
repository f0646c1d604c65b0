"""Models for tests of the parts that ask one: OpenRouter at the simulator, and a recorder."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from app.llm.budget import Budget
from app.llm.openrouter import OpenRouterConfig, OpenRouterModel
from app.llm.port import ChatRequest, Completion, CompletionRequest, ModelUnavailable, Stream
from tests.support.openrouter_sim import OpenRouterSim

T = TypeVar("T")
# Seconds; a hung attempt is given up soon, and a full retry fits.
QUICK = Budget(1.5, 0.4)
PATIENT = Budget(30.0, 15.0)  # for tests in which nothing hangs, on a machine that may


@asynccontextmanager
async def model_at(sim: OpenRouterSim) -> AsyncIterator[OpenRouterModel]:
    model = OpenRouterModel(
        OpenRouterConfig(
            base_url=sim.base_url, api_key="sim-key", models=("sim/model",), retry_delay_s=0.01
        )
    )
    try:
        yield model
    finally:
        await model.aclose()


class Recorder:
    """Gives the prepared answers in turn, then fails; keeps the requests."""

    def __init__(self, *answers: object) -> None:
        self._answers = list(answers)
        self.requests: list[CompletionRequest[Any]] = []

    async def complete(self, request: CompletionRequest[T]) -> Completion[T]:
        self.requests.append(request)
        if not self._answers:
            raise ModelUnavailable("recorder", attempts=1)
        return Completion(request.read(self._answers.pop(0)), "recorder", attempts=1)

    def stream(self, request: ChatRequest) -> Stream:
        """It writes no free text."""
        raise ModelUnavailable("recorder", attempts=1)

    async def aclose(self) -> None:
        """Nothing to release."""
