"""The chain that the settings make, and the offline model behind it."""

from typing import Any

import pytest
from limits import parse
from pydantic import ValidationError

from app.chat.advisor.advisor import Answered, Started
from app.core.rate_limits import Limit, RateLimiter
from app.core.settings import Settings
from app.language_model import build_advisor
from app.llm.offline import OfflineModel
from app.llm.port import Delta, Message, ModelBadOutput, Purpose, Usage
from tests.chat.advisor.asking import a_turn, an_advisor, ask
from tests.support.model_clients import Recorder

LIMITER = RateLimiter({Limit.FREE_MODEL: parse("20/minute")}, None)
FREE = {"default_model": "a:free", "fallback_model": "b:free", "emergency_fallback_model": "c"}


def settings(**changes: Any) -> Settings:
    return Settings(_env_file=None, **{"app_env": "local", **FREE, **changes})


async def asked_in_turn(**changes: Any) -> list[str]:
    """The models that are asked while all of them fail."""
    model = _Failing()
    await ask(build_advisor(settings(openrouter_api_key="key", **changes), model, LIMITER))
    return model.asked


class _Failing(Recorder):
    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def stream(self, request: Any) -> Any:
        self.asked.append(request.model)
        return super().stream(request)


class TestTheChain:
    async def test_free_only(self) -> None:
        assert await asked_in_turn() == ["a:free", "b:free"]

    async def test_with_the_emergency_model(self) -> None:
        assert await asked_in_turn(use_free_models_only=False) == ["a:free", "b:free", "c"]

    async def test_blank_is_nobody(self) -> None:
        assert await asked_in_turn(fallback_model=" ") == ["a:free"]

    @pytest.mark.parametrize(
        ("changes", "named"),
        [
            ({"default_model": "a"}, "DEFAULT_MODEL"),
            ({"fallback_model": "b"}, "FALLBACK_MODEL"),
            ({"default_model": "a", "fallback_model": "b"}, "DEFAULT_MODEL and FALLBACK_MODEL"),
        ],
    )
    def test_paid_models_refuse_to_start_as_free_ones(
        self, changes: dict[str, str], named: str
    ) -> None:
        with pytest.raises(ValidationError, match=f"{named} must end in :free"):
            settings(**changes)
        settings(**changes, use_free_models_only=False)

    def test_the_names_and_values_of_the_specification(self) -> None:
        fields = Settings.model_fields
        assert {
            name: fields[name].default
            for name in ("max_tokens", "temperature", "chat_deadline_s", "chat_first_token_s")
        } == {
            "max_tokens": 1000,
            "temperature": 0.7,
            "chat_deadline_s": 45.0,
            "chat_first_token_s": 15.0,
        }
        assert settings().rate_limit_free_model == "20/minute"


class TestOffline:
    async def test_is_the_whole_chain_without_a_key(self) -> None:
        model = OfflineModel({Purpose.CHAT: lambda facts: f"Kamu kuat di huruf {facts}."})
        advisor = build_advisor(settings(openrouter_api_key=None), model, LIMITER)
        turn = a_turn(facts="I", messages=(Message("user", "?"),))
        await advisor.admit(turn.user_id)
        said = await ask(advisor, turn)
        words = ["Kamu ", "kuat ", "di ", "huruf ", "I."]
        assert said.items == [
            Started("offline-1", is_free=False),
            *(Delta(word) for word in words),
            Answered("Kamu kuat di huruf I.", "offline-1", False, "stop", Usage(), 0),
        ]

    @pytest.mark.parametrize("answer", ["", " \n", None])
    async def test_a_rule_without_words_is_a_failure(self, answer: object) -> None:
        model = OfflineModel({Purpose.CHAT: lambda _: answer})
        said = await ask(an_advisor(model, ("offline-1",)))
        assert isinstance(said.failed, ModelBadOutput)
