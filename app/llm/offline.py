"""The offline model: the same port without a network, and honest about itself."""

import asyncio
from collections.abc import Callable, Mapping
from typing import TypeVar

from app.llm.port import Completion, CompletionRequest, ModelBadOutput, Purpose

T = TypeVar("T")
OFFLINE_MODEL = "offline-1"


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

    async def aclose(self) -> None:
        """Nothing to release."""
