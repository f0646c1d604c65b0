"""Calls of the OpenRouter adapter: what is asked, of whom, and what it comes to."""

import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from app.llm.ledger import Observe
from app.llm.openrouter import OpenRouterConfig, OpenRouterModel
from app.llm.port import (
    Completion,
    CompletionRequest,
    Deadline,
    LanguageModel,
    Message,
    ModelError,
    Purpose,
)
from tests.support.openrouter_sim import OpenRouterSim

PURPOSE = Purpose.SCORING
KEY, NEXT_KEY = "sk-or-first-2f6c", "sk-or-second-91ab"
PROMPT = "RAHASIA saya suka menggambar pola"
PRIMARY = "sim/primary"
ATTEMPT_S, DEADLINE_S, DELAY_S, LATE_S = 0.3, 0.8, 0.01, 0.25


class Score(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    key: Literal["C01", "C02", "C03"]
    k: float = Field(ge=0, le=1, allow_inf_nan=False)
    text: str = Field(min_length=20)

    @field_validator("text")
    @classmethod
    def _in_indonesian_without_the_profession(cls, text: str) -> str:
        if "You" in text or "Perawat" in text:
            raise ValueError("breaks the content rules")
        return text


class Answer(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    note: str
    scores: list[Score] = Field(min_length=3, max_length=3)


def a_request(**changes: Any) -> CompletionRequest[Answer]:
    values: dict[str, Any] = {
        "purpose": PURPOSE,
        "messages": (Message("system", "Nilai."), Message("user", PROMPT)),
        "schema": Answer.model_json_schema(),
        "read": Answer.model_validate,
        "facts": None,
        "deadline": Deadline.after(DEADLINE_S),
        "attempt_timeout_s": ATTEMPT_S,
        "temperature": 0.0,
        "max_tokens": 400,
    }
    return CompletionRequest(**values | changes)


@asynccontextmanager
async def a_model(
    sim: OpenRouterSim,
    *,
    clock: Callable[[], float] = time.monotonic,
    observe: Observe = lambda _: None,
    **changes: Any,
) -> AsyncIterator[OpenRouterModel]:
    values: dict[str, Any] = {
        "base_url": sim.base_url,
        "api_key": KEY,
        "models": (PRIMARY,),
        "retry_delay_s": DELAY_S,
    }
    config = OpenRouterConfig(**values | changes)
    model = OpenRouterModel(config, observe=observe, clock=clock, rng=random.Random(7))
    try:
        yield model
    finally:
        await model.aclose()


async def outcome(
    model: LanguageModel, request: CompletionRequest[Answer]
) -> Completion[Answer] | ModelError:
    """What a call comes to; it must not outlive its deadline."""
    try:
        return await model.complete(request)
    except ModelError as error:
        return error
    finally:
        late = time.monotonic() - request.deadline.at
        assert late < LATE_S, f"{late:.3f} s after the deadline"


async def failure(model: LanguageModel, request: CompletionRequest[Answer]) -> ModelError:
    result = await outcome(model, request)
    assert isinstance(result, ModelError), result
    return result


async def success(model: LanguageModel, request: CompletionRequest[Answer]) -> Completion[Answer]:
    result = await outcome(model, request)
    assert isinstance(result, Completion), result
    return result
