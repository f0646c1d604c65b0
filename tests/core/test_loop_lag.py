"""The gauge tells how long the loop was held up."""

import asyncio
import time

import pytest

from app.core import metrics
from app.core.loop_lag import EVERY_S, LoopLag


async def test_code_that_blocks_the_loop_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[float] = []
    monkeypatch.setattr(metrics.event_loop_lag, "set", shown.append)
    async with LoopLag():
        await asyncio.sleep(EVERY_S / 2)
        time.sleep(EVERY_S)  # noqa: ASYNC251 - the very thing that is measured
        await asyncio.sleep(0.01)
    assert max(shown) > EVERY_S / 4
