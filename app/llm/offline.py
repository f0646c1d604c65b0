"""The offline model: the same port without a network, and honest about itself."""

import asyncio
import re
from collections.abc import Callable, Mapping
from typing import TypeVar

from app.llm.port import (
    ChatRequest,
    Completion,
    CompletionRequest,
    Delta,
    Finished,
    ModelBadOutput,
    Purpose,
    Stream,
    Usage,
)

T = TypeVar("T")
OFFLINE_MODEL = "offline-1"
WORD = re.compile(r"\S+\s*")


class OfflineModel:
    """Answers from the request's facts by the rules that the domains bring, one per purpose."""

    def __init__(self, answerers: Mapping[Purpose, Callable[..., object]]) -> None:
        self._answerers = answerers

    async def complete(self, request: CompletionRequest[T]) -> Completion[T]:
        """Deterministic; in a thread, because judging thirty professions takes a while."""
        answer = await asyncio.to_thread(self._answerers[request.purpose], request.facts)
        try:
            return Completion(request.read(answer), OFFLINE_MODEL, attempts=0)
        except ValueError:
            raise ModelBadOutput("offline answer breaks the rules") from None

    async def stream(self, request: ChatRequest) -> Stream:
        """Word by word, whichever model the request names; the rule gives a text."""
        answer = await asyncio.to_thread(self._answerers[request.purpose], request.facts)
        text = answer.strip() if isinstance(answer, str) else ""
        if not text:
            raise ModelBadOutput("empty content", model=OFFLINE_MODEL)
        for word in WORD.findall(text):
            yield Delta(word)
        yield Finished(text, OFFLINE_MODEL, "stop", Usage(), attempts=0)

    async def aclose(self) -> None:
        """Nothing to release."""
