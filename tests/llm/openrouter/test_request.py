"""What the OpenRouter adapter sends."""

from typing import Any

import pytest

from app.llm.openrouter import OpenRouterConfig, OpenRouterModel
from app.llm.port import Message
from tests.llm.openrouter.calls import (
    KEY,
    NEXT_KEY,
    PRIMARY,
    PROMPT,
    PURPOSE,
    a_model,
    a_request,
    success,
)
from tests.support.openrouter_sim import OpenRouterSim


class TestTheRequest:
    async def test_body_and_headers(self, sim: OpenRouterSim) -> None:
        changes: dict[str, Any] = {
            "models": (PRIMARY, "sim/b", "sim/c"),
            "site_url": "https://kd.example",
        }
        request = a_request(user="u-1")
        async with a_model(sim, app_name="Kenali Diri", **changes) as model:
            await success(model, request)
        (call,) = sim.calls
        assert call.body == {
            "model": PRIMARY,
            "models": ["sim/b", "sim/c"],
            "messages": [
                {"role": "system", "content": "Nilai."},
                {"role": "user", "content": PROMPT},
            ],
            "temperature": 0.0,
            "max_tokens": 400,
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": PURPOSE, "strict": True, "schema": request.schema},
            },
            "provider": {"require_parameters": True},
            "usage": {"include": True},
            "user": "u-1",
        }
        assert call.headers["authorization"] == f"Bearer {KEY}"
        assert call.headers["http-referer"] == "https://kd.example"
        assert call.headers["x-title"] == "Kenali Diri"

    async def test_what_is_not_set_is_not_sent(
        self, sim: OpenRouterSim, model: OpenRouterModel
    ) -> None:
        await success(model, a_request())
        (call,) = sim.calls
        assert not {"models", "user"} & call.body.keys()
        assert not {"http-referer", "x-title"} & call.headers.keys()

    async def test_a_lone_surrogate_is_no_crash(
        self, sim: OpenRouterSim, model: OpenRouterModel
    ) -> None:
        await success(model, a_request(messages=(Message("user", "pola \ud800 ünik"),)))
        assert sim.calls[0].body["messages"][0]["content"] == "pola ? ünik"

    async def test_connections_are_kept(self, sim: OpenRouterSim, model: OpenRouterModel) -> None:
        for _ in range(3):
            await success(model, a_request())
        assert len({call.connection for call in sim.calls}) == 1

    @pytest.mark.parametrize("key", ["sk-é", "sk-a\nb", " sk-a"])
    def test_a_key_that_no_header_carries(self, key: str) -> None:
        with pytest.raises(ValueError, match="api_key has") as caught:
            OpenRouterConfig(base_url="http://x", api_key=key, models=(PRIMARY,))
        assert key not in repr(caught.value)

    def test_keys_are_not_in_the_configuration_text(self) -> None:
        config = OpenRouterConfig(
            base_url="http://x", api_key=KEY, api_key_next=NEXT_KEY, models=(PRIMARY,)
        )
        assert KEY not in repr(config)
        assert NEXT_KEY not in repr(config)
