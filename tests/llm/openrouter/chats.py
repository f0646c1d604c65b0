"""Turns of a chat that the OpenRouter adapter answers in a stream."""

import time
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from app.llm.port import (
    ChatRequest,
    Deadline,
    Delta,
    Finished,
    LanguageModel,
    Message,
    ModelError,
    Purpose,
)

CHAT = Purpose.CHAT
MODEL = "sim/chat:free"
QUESTION = "RAHASIA apa langkah pertamaku?"
LATE_S = 0.4


def a_chat(**changes: Any) -> ChatRequest:
    """With so much time that a busy machine does not decide."""
    values: dict[str, Any] = {
        "purpose": CHAT,
        "messages": (Message("system", "Jawab."), Message("user", QUESTION)),
        "model": MODEL,
        "facts": None,
        "deadline": Deadline.after(10.0),
        "first_token_timeout_s": 5.0,
        "temperature": 0.7,
        "max_tokens": 1000,
    }
    return ChatRequest(**values | changes)


def a_short_chat(**changes: Any) -> ChatRequest:
    """0.3 s until the first token, 0.8 s in all."""
    return a_chat(deadline=Deadline.after(0.8), **{"first_token_timeout_s": 0.3, **changes})


@dataclass
class Heard:
    """What a stream gave: its deltas, then an end or an error."""

    deltas: list[str] = field(default_factory=list)
    end: Finished | None = None
    error: ModelError | None = None

    @property
    def finished(self) -> Finished:
        assert self.end is not None, self.error
        return self.end

    @property
    def failed(self) -> ModelError:
        assert self.error is not None, self.end
        return self.error


async def hear(model: LanguageModel, request: ChatRequest) -> Heard:
    """Read to the end, which must not outlive the deadline; Finished is the last word."""
    heard = Heard()
    try:
        async with aclosing(model.stream(request)) as items:
            async for item in items:
                assert heard.end is None
                if isinstance(item, Delta):
                    assert item.text
                    heard.deltas.append(item.text)
                else:
                    heard.end = item
    except ModelError as error:
        heard.error = error
    assert (heard.end is None) != (heard.error is None)
    late = time.monotonic() - request.deadline.at
    assert late < LATE_S, f"{late:.3f} s after the deadline"
    return heard
