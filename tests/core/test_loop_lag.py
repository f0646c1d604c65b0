"""The gauge tells how long the loop was held up."""

import asyncio
import time

from app.core import metrics
from app.core.loop_lag import EVERY_S, LoopLag


async def test_code_that_blocks_the_loop_is_seen() -> None:
    async with LoopLag():
        await asyncio.sleep(EVERY_S / 2)
        time.sleep(EVERY_S)  # noqa: ASYNC251 - the very thing that is measured
        await asyncio.sleep(0.01)
    assert metrics.event_loop_lag._value.get() > EVERY_S / 4
