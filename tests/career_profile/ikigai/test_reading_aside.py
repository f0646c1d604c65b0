"""Where a text is read: one that takes long keeps nobody else waiting."""

import threading
from typing import Any
from uuid import UUID

import pytest

from app.career_profile.ikigai.dimensions import Dimension
from app.career_profile.ikigai.scorer import DimensionScorer, what_is_told
from tests.support.catalogue import load_catalogue
from tests.support.model_clients import QUICK, model_at
from tests.support.openrouter_sim import OpenRouterSim

CANDIDATES = tuple(entry.scoring for entry in load_catalogue()[20:32])
USER = UUID("7f2c6c0e-5b1d-4f6a-9f50-0f3a1f5f2d11")
SHORT, LONG = "Saya suka menata data warung.", "Saya suka menata data warung. " * 20


async def test_the_first_text_and_long_ones_are_read_beside_the_event_loop(
    sim: OpenRouterSim, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first one waits for patterns to be compiled."""
    readers: list[threading.Thread] = []

    def read(*given: Any) -> str:
        readers.append(threading.current_thread())
        return what_is_told(*given)

    monkeypatch.setattr("app.career_profile.ikigai.scorer.what_is_told", read)
    async with model_at(sim) as model:
        scorer = DimensionScorer(model, QUICK)
        for text in (SHORT, SHORT, LONG):
            await scorer.score("token", USER, Dimension.LOVE, text, CANDIDATES)
    assert [reader is threading.current_thread() for reader in readers] == [False, True, False]
