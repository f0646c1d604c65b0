"""What the models took that were asked for a welcome, whatever came of it."""

from decimal import Decimal

import pytest

from app.main import create_app
from tests.chat.assessment.conftest import MakeOwnSettings
from tests.chat.assessment.person import Person, without_conversation
from tests.conftest import MakeClient
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.sim_behaviour import Behaviour
from tests.support.sim_chat import USAGE, by_model, speaks

PAID = "sim/paid"
SILENT = speaks("", finish="length")
USED = "SELECT total_tokens, cost_credits, is_free_model FROM chat.usage_tracking"


@pytest.mark.parametrize("second", [speaks("Aku di sini."), SILENT], ids=str)
async def test_all_of_them_count(
    person: Person,
    own_settings: MakeOwnSettings,
    make_client: MakeClient,
    sim: OpenRouterSim,
    second: Behaviour,
) -> None:
    token = await without_conversation(person)
    settings = own_settings(
        worker_in_serve=False,
        openrouter_api_key="sim-key",
        openrouter_base_url=sim.base_url,
        llm_retry_delay_s=0.05,
        use_free_models_only=False,
        default_model=PAID,
        fallback_model="sim/second:free",
        emergency_fallback_model="",
    )
    sim.always("chat", by_model({PAID: SILENT}, second))
    client = await make_client(create_app(settings))
    asking = Person(client, settings, person.user_id, person.engine)
    await asking.chat.ok("POST", f"/assessment/{token}/initialize")
    ((tokens, cost, is_free),) = person.row(f"{USED} WHERE user_id = :user")
    assert tokens == USAGE["total_tokens"] * sim.count("chat")
    assert (cost, is_free) == (Decimal(str(USAGE["cost"])), True)
