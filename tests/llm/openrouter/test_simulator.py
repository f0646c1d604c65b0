"""The simulator of OpenRouter, which the other tests lean on."""

import asyncio
import json
import time
from datetime import datetime
from typing import Any, Literal

import httpx
import pytest
from pydantic import BaseModel, ConfigDict, Field

from app.llm.openrouter import OpenRouterModel
from tests.llm.openrouter.calls import PURPOSE, Answer, a_request, success
from tests.support import sim_faults as faults
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.sim_answers import schema_answer
from tests.support.sim_faults import Behaviour


class Leaf(BaseModel):
    model_config = ConfigDict(extra="forbid")

    code: str = Field(pattern=r"^C[0-9]{2}$")
    kind: Literal["a", "b"]
    share: float
    count: int = Field(ge=3, lt=5)
    even: int = Field(multiple_of=2, le=9)
    short: str = Field(max_length=5)
    long: str = Field(min_length=200)
    when: datetime
    maybe: "Leaf | None"
    pair: list[bool] = Field(min_length=3, max_length=3)


class TestSimulator:
    """What the other tests lean on."""

    @pytest.mark.parametrize("words", ["satu", "dua", "tiga"])
    def test_default_answers_satisfy_the_schema_and_repeat(self, words: str) -> None:
        body = {
            "messages": [{"role": "user", "content": words}],
            "response_format": {"json_schema": {"name": "x", "schema": Leaf.model_json_schema()}},
        }
        made = schema_answer(body)
        assert schema_answer(body) == made
        leaf = Leaf.model_validate(made)
        assert 0 <= leaf.share <= 1

    def test_one_item_for_each_key(self) -> None:
        body = {"response_format": {"json_schema": {"schema": Answer.model_json_schema()}}}
        made: Any = schema_answer(body)
        assert [score["key"] for score in made["scores"]] == ["C01", "C02", "C03"]

    @pytest.mark.parametrize("fault", [faults.hang_before_headers, faults.hang_mid_body], ids=str)
    async def test_stops_within_a_second_whatever_hangs(self, fault: Behaviour) -> None:
        with OpenRouterSim() as sim:
            sim.always(None, fault)
            async with httpx.AsyncClient(timeout=5) as client:
                posts = [
                    asyncio.create_task(client.post(f"{sim.base_url}/chat/completions", json={}))
                    for _ in range(20)
                ]
                await asyncio.to_thread(sim.wait_calls, 20)
                started = time.monotonic()
                sim.__exit__(None, None, None)
                assert time.monotonic() - started < 1.0
                ended = await asyncio.gather(*posts, return_exceptions=True)
                assert all(isinstance(end, httpx.TransportError) for end in ended)

    async def test_streams(self, sim: OpenRouterSim) -> None:
        sim.answer("chat", lambda body: f"Halo {body['messages'][0]['content']}, apa kabar?")
        body = {"stream": True, "messages": [{"role": "user", "content": "Ayu"}]}
        async with httpx.AsyncClient() as client:
            response = await client.post(f"{sim.base_url}/chat/completions", json=body)
        lines = [line for line in response.text.split("\n") if line]
        assert lines[0].startswith(":")
        assert lines[-1] == "data: [DONE]"
        events = [json.loads(line.removeprefix("data: ")) for line in lines[1:-1]]
        text = "".join(event["choices"][0]["delta"]["content"] for event in events)
        assert text == "Halo Ayu, apa kabar?"
        assert events[-1]["choices"][0]["finish_reason"] == "stop"
        assert events[-1]["usage"]["cost"] > 0

    async def test_records_calls(self, sim: OpenRouterSim, model: OpenRouterModel) -> None:
        sim.script("another", faults.status(500))
        sim.script(None, faults.latency(0.1))
        await success(model, a_request())
        (call,) = sim.calls
        assert (call.purpose, call.aborted, sim.count("another")) == (PURPOSE, False, 0)
        assert call.finished is not None
        assert call.finished - call.started >= 0.1

    def test_what_an_answerer_raises_is_not_lost(self) -> None:
        def broken(_body: object) -> object:
            raise KeyError("bug in a test")

        sim = OpenRouterSim()
        sim.answer(None, broken)
        sim.__enter__()
        assert httpx.post(f"{sim.base_url}/chat/completions", json={}).status_code == 500
        with pytest.raises(KeyError, match="bug"):
            sim.__exit__(None, None, None)
