"""Models that do not answer, and who is asked then."""

from app.llm.openrouter import OpenRouterModel
from app.llm.port import ModelError
from tests.llm.openrouter.calls import a_request, failure
from tests.support import sim_faults as faults
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.sim_faults import Behaviour
from tests.support.sim_http import Exchange

A, B, C = "sim/a", "sim/b", "sim/c"


def only_dead(fault: Behaviour, *dead: str) -> Behaviour:
    """A request that asks one of `dead` first gets the fault, any other a good answer."""

    async def play(exchange: Exchange) -> None:
        chosen = fault if exchange.body["model"] in dead else faults.good
        await chosen.play(exchange)

    return Behaviour(f"{fault} of {dead}", play)


async def fail(model: OpenRouterModel, times: int) -> list[ModelError]:
    return [await failure(model, a_request(max_attempts=1)) for _ in range(times)]


def asked(sim: OpenRouterSim) -> list[str]:
    return [call.body["model"] for call in sim.calls]
