"""Models that were asked, and of whose answers nobody saw a word: they count all the same."""

import asyncio

import pytest
from sqlalchemy import Engine

from app.chat.errors import TokenBudgetExceeded
from tests.chat.chatter import Chatter, counts
from tests.chat.turns.conftest import MakeChatter, Talker, messages_of, next_of
from tests.support import sim_faults as faults
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.problems import assert_problem
from tests.support.processes import wait_until
from tests.support.sim_behaviour import Behaviour
from tests.support.sim_chat import USAGE, by_model, events, speaks

SAID = {"content": "Apa kekuatanku?"}


class TestAnswerWithoutText:
    async def test_what_it_took_is_the_messages(
        self, make_chatter: MakeChatter, sim: OpenRouterSim, engine: Engine
    ) -> None:
        chatter: Chatter = await make_chatter(chat_monthly_token_budget=1)
        sim.always("chat", speaks("", finish="length"))
        talk = await chatter.create()
        path = f"/conversations/{talk}/messages"
        assert_problem(await chatter.send("POST", path, SAID), 503, "model_unavailable")
        (said,) = messages_of(engine, talk)
        assert said.prompt_tokens == USAGE["prompt_tokens"] * sim.count("chat")
        assert (said.cost_credits, said.is_free_model) == (0, True)
        used = await chatter.ok("GET", f"/conversations/{talk}/usage")
        assert used["total_tokens"] == USAGE["total_tokens"] * sim.count("chat")
        assert [cost["message_id"] for cost in used["cost_breakdown"]] == [str(said.id)]
        refused = await chatter.send("POST", path, SAID)
        assert_problem(refused, 429, TokenBudgetExceeded.code)

    async def test_of_a_paid_model(
        self, make_chatter: MakeChatter, sim: OpenRouterSim, engine: Engine
    ) -> None:
        chatter: Chatter = await make_chatter(
            use_free_models_only=False, emergency_fallback_model="sim/paid"
        )
        silent = speaks("", finish="length")
        sim.always("chat", by_model({"sim/paid": silent}, faults.status(503)))
        talk = await chatter.create()
        path = f"/conversations/{talk}/messages"
        assert_problem(await chatter.send("POST", path, SAID), 503, "model_unavailable")
        (said,) = messages_of(engine, talk)
        assert (said.model_used, said.is_free_model) == ("sim/paid", False)
        asked = sum(call.body["model"] == "sim/paid" for call in sim.calls)
        assert float(said.cost_credits) == pytest.approx(USAGE["cost"] * asked)

    async def test_a_free_model_that_helps_out_does_not_hide_its_cost(
        self, make_chatter: MakeChatter, sim: OpenRouterSim
    ) -> None:
        chatter: Chatter = await make_chatter(
            use_free_models_only=False, default_model="sim/paid", fallback_model="sim/second:free"
        )
        silent = speaks("", finish="length")
        sim.always("chat", by_model({"sim/paid": silent}, speaks("Aku di sini.")))
        talk = await chatter.create()
        answer = await chatter.ok("POST", f"/conversations/{talk}/messages", SAID)
        assert (answer["is_free_model"], answer["usage"]["cost"]) == (True, USAGE["cost"])
        used = await chatter.ok("GET", f"/conversations/{talk}/usage")
        assert (used["total_cost"], used["total_tokens"]) == (
            USAGE["cost"],
            USAGE["total_tokens"] * 2,
        )


@pytest.mark.parametrize(
    "fault",
    [faults.status(503), faults.status(429, "60"), faults.status(401), faults.hang_up],
    ids=str,
)
async def test_who_never_began_has_cost_nothing(
    chatter: Chatter, sim: OpenRouterSim, engine: Engine, fault: Behaviour
) -> None:
    sim.always("chat", fault)
    path = f"/conversations/{await chatter.create()}/messages"
    assert_problem(await chatter.send("POST", path, SAID), 503, "model_unavailable")
    assert counts(engine, chatter.user_id)["usage_tracking"] == 0


class TestReaderLeaves:
    async def test_before_the_first_word_the_question_counts(
        self, talker: Talker, sim: OpenRouterSim
    ) -> None:
        sim.always("chat", events("says nothing", end="hang"))
        talk = await talker.create()
        async with talker.say(talk) as reader:
            assert (await next_of(reader)).name == "interim"
        assert await asyncio.to_thread(
            wait_until, lambda: talker.messages(talk)[0].prompt_tokens is not None, 3.0
        )
        (said,) = talker.messages(talk)
        asked = sum(len(item["content"]) for item in sim.calls[0].body["messages"])
        assert said.prompt_tokens == -(-asked * 2 // 7)
        assert (said.completion_tokens, said.model_used) == (0, talker.settings.default_model)
        assert said.is_free_model
