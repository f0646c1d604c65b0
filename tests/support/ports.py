"""Ports of 127.0.0.1 that stay free until the server of a test listens there."""

import os
from collections.abc import Iterator

from app.core.process import port_is_free

LOCAL = "127.0.0.1"
FIRST, LAST = 20_000, 32_000  # below those that the kernel gives to whoever asks for any
WORKERS = 3
SHARE = (LAST - FIRST) // WORKERS


def own_port() -> int:
    """One that no other test, worker of the tests or outgoing connection is given."""
    return next(_PORTS)


def _ports() -> Iterator[int]:
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    first = FIRST + SHARE * (worker % WORKERS)
    begin = os.getpid() % SHARE  # another run of the tests begins elsewhere
    while True:
        for number in range(SHARE):
            port = first + (begin + number) % SHARE
            if port_is_free(LOCAL, port):
                yield port


_PORTS = _ports()
