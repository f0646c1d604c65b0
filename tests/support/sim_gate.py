"""A simulator that answers when it is told to."""

import asyncio
import threading

from tests.support.sim_behaviour import Behaviour
from tests.support.sim_faults import good
from tests.support.sim_http import Exchange


class Gate:
    """Holds the model's answers back until it is opened; `then` is how they are given."""

    def __init__(self, then: Behaviour = good) -> None:
        self._opened = threading.Event()
        self._then = then
        self.behaviour = Behaviour("gated", self._play)

    def open(self) -> None:
        self._opened.set()

    async def _play(self, exchange: Exchange) -> None:
        await asyncio.to_thread(self._opened.wait, 30)
        await self._then.play(exchange)
