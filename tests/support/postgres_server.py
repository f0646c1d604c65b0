"""A PostgreSQL of a test's own, which it restarts, crashes, freezes and thaws at will."""

import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from subprocess import Popen
from types import TracebackType
from typing import Self
from urllib.parse import quote

from app.core.embedded import server
from app.core.embedded.binaries import find_binaries
from app.core.embedded.order import Order
from app.core.embedded.placement import place
from tests.support.processes import children_of, send


class PostgresServer:
    """Durable: what was committed outlives a crash. Not running outside the block.

    To be used from the main thread, to which the kernel ties its life.
    """

    def __init__(self, folder: Path, bin_dir: Path | None = None) -> None:
        """`folder` is one that everybody can enter: root starts it as somebody else."""
        data_dir = folder / ".data"
        data_dir.mkdir()
        placement = place(data_dir)
        self._order = Order(placement, find_binaries(bin_dir, placement.account), durable=True)
        self._running = ExitStack()
        self._process: Popen[str] | None = None

    @property
    def uid(self) -> int:
        """As whom it runs."""
        return self._order.placement.account.uid

    @property
    def dsn(self) -> str:
        return f"postgresql://postgres@/postgres?host={quote(str(self._order.placement.home))}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._running.close()

    def start(self) -> None:
        self._process = self._running.enter_context(server.running(self._order))

    def stop(self) -> None:
        """As an administrator does: every connection is cut, transactions are rolled back."""
        self._running.close()

    def crash(self) -> None:
        """No farewell to anybody; the next start recovers."""
        assert self._process is not None
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(10)
        self._running.close()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """It hangs: connections are accepted by the kernel, and nothing is ever answered."""
        self._signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        send(number, (self._process.pid, *children_of(self._process.pid)))
