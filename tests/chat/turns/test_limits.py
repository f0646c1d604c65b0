"""How much a person may ask, and what a turn costs the database."""

from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from app.chat.errors import TokenBudgetExceeded
from app.llm.withheld import SUPPORT_MESSAGE
from tests.chat.chatter import CHAT, Chatter, audit, counts, say, use
from tests.chat.turns.conftest import MakeChatter
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.problems import assert_problem
from tests.support.sim_chat import speaks
from tests.support.statements import recorded_statements

SAID = {"content": "Apa kekuatanku?"}
IN_DISTRESS = {"content": "Aku capek, aku ingin mati saja."}
BUDGET = 1000
MONTH_S = 31 * 86_400


async def refused(chatter: Chatter, path: str, code: str) -> dict[str, Any]:
    """The same refusal for a stream, which does not begin."""
    problem = assert_problem(await chatter.send("POST", path, SAID), 429, code)
    headers = {**chatter.headers, "Accept": "text/event-stream"}
    response = await chatter.client.post(CHAT + path, json=SAID, headers=headers)
    assert_problem(response, 429, code)
    return problem


class TestMonthlyBudget:
    async def test_beyond_it_nothing_is_stored_or_asked(
        self, make_chatter: MakeChatter, sim: OpenRouterSim, engine: Engine
    ) -> None:
        chatter: Chatter = await make_chatter(chat_monthly_token_budget=BUDGET)
        talk, other = await chatter.create(), await chatter.create()
        spent = say(engine, other, 1)
        use(engine, spent, "sim/model:free", (BUDGET - 1, 0))
        path = f"/conversations/{talk}/messages"
        answer = await chatter.ok("POST", path, SAID)
        asked = sim.count("chat")
        problem = await refused(chatter, path, TokenBudgetExceeded.code)
        assert 0 < problem["retryAfter"] <= MONTH_S
        said = answer["user_message"]["id"]
        await refused(chatter, f"{path}/{said}/regenerate", TokenBudgetExceeded.code)
        assert sim.count("chat") == asked
        assert counts(engine, chatter.user_id)["messages"] == 3

    async def test_last_months_tokens_do_not_count(
        self, make_chatter: MakeChatter, engine: Engine
    ) -> None:
        chatter: Chatter = await make_chatter(chat_monthly_token_budget=BUDGET)
        talk = await chatter.create()
        use(engine, say(engine, talk, 1), "m", (BUDGET, 0), at="2024-10-31T23:59:59Z")
        other = await chatter.create()
        await chatter.ok("POST", f"/conversations/{other}/messages", SAID)


class TestFreeModels:
    async def test_beyond_the_limit_nothing_is_stored(
        self, make_chatter: MakeChatter, sim: OpenRouterSim, engine: Engine
    ) -> None:
        chatter: Chatter = await make_chatter(free_model_rate_limit_per_minute=2)
        sim.always("chat", speaks("Halo"))
        path = f"/conversations/{await chatter.create()}/messages"
        for _ in range(2):
            await chatter.ok("POST", path, SAID)
        problem = await refused(chatter, path, "free_model_limit_reached")
        assert 0 < problem["retryAfter"] <= 60
        assert counts(engine, chatter.user_id)["messages"] == 4


@pytest.mark.parametrize(
    "limit", [{"free_model_rate_limit_per_minute": 1}, {"chat_monthly_token_budget": 1}], ids=str
)
async def test_no_limit_holds_for_a_repeat_that_was_answered(
    make_chatter: MakeChatter, sim: OpenRouterSim, limit: dict[str, int]
) -> None:
    chatter: Chatter = await make_chatter(**limit)
    path = f"/conversations/{await chatter.create()}/messages"
    streamed = {"Accept": "text/event-stream", "Idempotency-Key": "kunci-1"}
    headers = {**chatter.headers, **streamed}
    first = await chatter.client.post(CHAT + path, json=SAID, headers=headers)
    assert (await chatter.send("POST", path, SAID)).status_code == 429
    again = await chatter.client.post(CHAT + path, json=SAID, headers=headers)
    assert again.status_code == 200, again.text
    completed = first.text[first.text.index("event: message.completed") :]
    assert again.text.endswith(completed)
    assert sim.count("chat") == 1


async def test_a_person_in_distress_is_never_sent_away(
    make_chatter: MakeChatter, sim: OpenRouterSim, engine: Engine
) -> None:
    chatter: Chatter = await make_chatter(
        free_model_rate_limit_per_minute=1, chat_monthly_token_budget=1
    )
    path = f"/conversations/{await chatter.create()}/messages"
    await chatter.ok("POST", path, SAID)
    await refused(chatter, path, "free_model_limit_reached")
    answers = [await chatter.ok("POST", path, IN_DISTRESS) for _ in range(3)]
    said = answers[0]["user_message"]["id"]
    answers.append(await chatter.ok("POST", f"{path}/{said}/regenerate"))
    assert {answer["support"] for answer in answers} == {SUPPORT_MESSAGE}
    first = (await chatter.ok("GET", path))["messages"][1]
    month = await chatter.ok("GET", "/usage/summary")
    assert month["model_usage"].keys() == {first["metadata"]["model"]}


class TestHour:
    async def test_the_quota_stands_in_the_headers(self, make_chatter: MakeChatter) -> None:
        chatter: Chatter = await make_chatter(rate_limit_messages_per_hour="2")
        path = f"/conversations/{await chatter.create()}/messages"
        sent = [await chatter.send("POST", path, SAID) for _ in range(3)]
        assert [answer.status_code for answer in sent] == [200, 200, 429]
        assert [answer.headers["ratelimit-remaining"] for answer in sent] == ["1", "0", "0"]
        assert_problem(sent[2], 429, "rate_limited")


class TestStatements:
    async def test_of_a_turn(self, app: FastAPI, chatter: Chatter, engine: Engine) -> None:
        """Caller, conversation and budget; the message; its history; the answer; the news of it."""
        talk = await chatter.create()
        path = f"/conversations/{talk}/messages"
        database = app.state.health.database.engine
        await chatter.ok("POST", path, SAID)
        with recorded_statements(database) as statements:
            answer = await chatter.ok("POST", path, SAID)
        assert len(statements) == 5
        said = answer["user_message"]["id"]
        with recorded_statements(database) as statements:
            await chatter.ok("POST", f"{path}/{said}/regenerate")
        assert len(statements) == 7
        ids = [request for _, _, _, request in audit(engine, chatter.user_id)]
        assert len(set(ids)) == len(ids) == 4
        assert None not in ids


class TestRefusedBeforeTheStream:
    @pytest.mark.parametrize(
        ("body", "status", "code"),
        [
            (SAID, 404, "conversation_not_found"),
            ({"content": ""}, 422, "validation_failed"),
            ({"content": "x", "content_type": "image"}, 422, "content_type_unsupported"),
        ],
    )
    async def test_as_a_problem(
        self, chatter: Chatter, body: dict[str, Any], status: int, code: str
    ) -> None:
        path = f"{CHAT}/conversations/3f2b8c1e-5d47-4a90-b6e3-0c9a7f1d2e84/messages"
        headers = {**chatter.headers, "Accept": "text/event-stream"}
        response: httpx.Response = await chatter.client.post(path, json=body, headers=headers)
        assert_problem(response, status, code)
