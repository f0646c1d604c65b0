"""An advisor at the simulator, and what it says to a turn."""

import time
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from limits import parse

from app.chat.advisor.advisor import (
    Advisor,
    AdvisorConfig,
    Answered,
    ChatTurn,
    Interim,
    Started,
    UserTier,
)
from app.chat.advisor.spent import Spent
from app.core.rate_limits import Limit, RateLimiter
from app.llm.measured import MeasuredModel
from app.llm.openrouter import OpenRouterConfig, OpenRouterModel
from app.llm.port import Delta, LanguageModel, Message, ModelError
from tests.support.openrouter_sim import OpenRouterSim

FIRST, SECOND, PAID = "sim/first:free", "sim/second:free", "sim/paid"
FREE_ONLY, WITH_PAID = (FIRST, SECOND), (FIRST, SECOND, PAID)
LATE_S = 0.4


def a_turn(**changes: Any) -> ChatTurn:
    values: dict[str, Any] = {
        "messages": (Message("system", "Jawab."), Message("user", "Apa langkah pertamaku?")),
        "facts": None,
        "user_id": uuid4(),
        "user_tier": UserTier.FREE,
    }
    return ChatTurn(**values | changes)


def a_config(models: tuple[str, ...], **changes: Any) -> AdvisorConfig:
    values: dict[str, Any] = {
        "models": models,
        "deadline_s": 20.0,  # so much that a busy machine does not decide
        "first_token_s": 5.0,
        "interim_after_s": 10.0,
        "max_tokens": 1000,
        "temperature": 0.7,
    }
    return AdvisorConfig(**values | changes)


def an_advisor(
    model: LanguageModel, models: tuple[str, ...], *, calls_a_minute: int = 1000, **changes: Any
) -> Advisor:
    limiter = RateLimiter({Limit.FREE_MODEL: parse(f"{calls_a_minute}/minute")}, None)
    return Advisor(model, a_config(models, **changes), limiter)


@asynccontextmanager
async def advisor_at(
    sim: OpenRouterSim,
    models: tuple[str, ...] = FREE_ONLY,
    *,
    api_key_next: str | None = None,
    retry_delay_s: float = 0.01,
    **changes: Any,
) -> AsyncIterator[Advisor]:
    config = OpenRouterConfig(
        base_url=sim.base_url,
        api_key="sim-key",
        api_key_next=api_key_next,
        models=("sim/model",),
        retry_delay_s=retry_delay_s,
    )
    model = MeasuredModel(OpenRouterModel(config), "sim/model")
    try:
        yield an_advisor(model, models, **changes)
    finally:
        await model.aclose()


@dataclass
class Said:
    """Everything that came, in order; then `answered` or `error`."""

    items: list[object] = field(default_factory=list)
    error: ModelError | None = None
    took_s: float = 0.0

    @property
    def answered(self) -> Answered:
        last = self.items[-1] if self.items else None
        assert isinstance(last, Answered), self.error
        return last

    @property
    def failed(self) -> ModelError:
        assert self.error is not None
        return self.error

    @property
    def kinds(self) -> list[type]:
        """In order, runs of deltas as one."""
        kinds = [type(item) for item in self.items]
        return [k for at, k in enumerate(kinds) if k is not Delta or kinds[at - 1] is not Delta]

    @property
    def text(self) -> str:
        return "".join(item.text for item in self.items if isinstance(item, Delta))


async def ask(advisor: Advisor, turn: ChatTurn | None = None) -> Said:
    said = Said()
    started = time.monotonic()
    try:
        async with aclosing(advisor.answer(turn or a_turn(), Spent())) as items:
            async for item in items:
                assert isinstance(item, Interim | Started | Delta | Answered)
                said.items.append(item)
    except ModelError as error:
        said.error = error
    said.took_s = time.monotonic() - started
    return said


def asked(sim: OpenRouterSim) -> list[str]:
    return [call.body["model"] for call in sim.calls]
