"""The servers that are killed, each on a port of its own that it keeps over its deaths."""

import asyncio
from pathlib import Path
from types import TracebackType
from typing import Self

from app.core.settings import Settings
from tests.support.forked import Forked
from tests.support.ports import LOCAL, own_port
from tests.support.processes import wait_until
from tests.support.server_process import environment, lives

READY_WITHIN_S = 60.0
GONE_WITHIN_S = 10.0


class House:
    """Servers with these settings; `folder` gets what they say."""

    def __init__(self, settings: Settings, folder: Path, servers: int) -> None:
        self._settings = settings
        self._folder = folder
        # No outgoing connection is given one: while a server is dead, an app that calls it would
        # be connected to itself.
        self._ports = [own_port() for _ in range(servers)]
        self._servers: list[Forked] = []
        self._locks = [asyncio.Lock() for _ in range(servers)]

    @property
    def bases(self) -> list[str]:
        return [f"http://{LOCAL}:{port}" for port in self._ports]

    async def __aenter__(self) -> Self:
        self._servers = [self._start(place) for place in range(len(self._ports))]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for server in self._servers:
            _kill(server)

    async def wait_ready(self, place: int) -> None:
        """Until whichever server stands there answers."""
        if not await asyncio.to_thread(wait_until, lambda: self._answers(place), READY_WITHIN_S):
            raise TimeoutError(self._log(place).read_text(encoding="utf-8")[-2000:])

    async def restart(self, place: int) -> bool:
        """SIGKILL, and another one in its place; whether it was answering till then."""
        async with self._locks[place]:
            return await asyncio.to_thread(self._restart, place)

    def _restart(self, place: int) -> bool:
        was_ready = self._answers(place)
        _kill(self._servers[place])
        self._servers[place] = self._start(place)
        return was_ready

    def _start(self, place: int) -> Forked:
        arguments = ["serve", "--port", str(self._ports[place]), "--with-parent"]
        return Forked(arguments, self._folder, environment(self._settings), self._log(place))

    def _log(self, place: int) -> Path:
        return self._folder / f"server-{place}.log"

    def _answers(self, place: int) -> bool:
        return lives(self.bases[place])


def _kill(server: Forked) -> None:
    """As the kernel does when memory is short: no last word."""
    server.kill()
    server.wait(GONE_WITHIN_S)
