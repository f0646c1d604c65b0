"""Writes the usage ledger down, in the background: never on the path of a request."""

import asyncio
from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from types import TracebackType
from typing import Final, Self

import structlog

from app.core.database import Database
from app.llm.ledger import UsageLedger
from app.model_usage.repository import add_usage

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

# What kill -9 can lose.
EVERY_S: Final = 5.0
# At the end: a database that restarts just now is worth a moment.
LAST_TRIES: Final = 5
BETWEEN_TRIES_S: Final = 1.0


class UsageRecorder:
    """Adds the ledger's sums to `model_usage_daily` every `every_s` seconds while its block runs,
    and once more at its end, when nobody uses the ledger any more.

    A batch that cannot be written goes back to the ledger and is tried again with the next one.
    One whose commit succeeded without our hearing of it counts twice: PostgreSQL cannot tell.
    """

    def __init__(self, database: Database, ledger: UsageLedger, every_s: float = EVERY_S) -> None:
        self._database = database
        self._ledger = ledger
        self._every_s = every_s
        self._ending = asyncio.Event()
        self._failing = False

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run(), name="usage-recorder")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # Asked to end, not cancelled: a batch in the middle of its commit would be counted twice.
        self._ending.set()
        await self._task
        for _ in range(LAST_TRIES):
            if await self.flush():
                return
            await asyncio.sleep(BETWEEN_TRIES_S)
        self._give_up()

    async def flush(self) -> bool:
        """Write what the ledger holds; False when the database did not take it."""
        sums = self._ledger.take()
        if not sums:
            return True
        try:
            await self._database.transact(partial(add_usage, sums=sums))
        except Exception as error:
            self._ledger.add(sums)
            if not self._failing:
                log.warning("model_usage_not_written", reason=type(error).__name__)
            self._failing = True
            return False
        self._failing = False
        return True

    async def _run(self) -> None:
        while not self._ending.is_set():
            try:
                async with asyncio.timeout(self._every_s):
                    await self._ending.wait()
            except TimeoutError:
                await self.flush()

    def _give_up(self) -> None:
        """The log is the last place where the sums can be kept."""
        for key, lost in self._ledger.take().items():
            log.error("model_usage_lost", **_plain(asdict(key)), **_plain(asdict(lost)))


def _plain(values: Mapping[str, object]) -> dict[str, object]:
    return {name: v if isinstance(v, int) else str(v) for name, v in values.items()}
