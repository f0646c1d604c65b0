"""Keep the database's threads and connections busy for as long as a test wants."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.core.database import Database


@asynccontextmanager
async def busy_connection(database: Database) -> AsyncIterator[None]:
    """Hold one database thread and its connection while the block runs."""
    entered, done = threading.Event(), threading.Event()

    def hold(_: object) -> None:
        entered.set()
        done.wait(30)

    task = asyncio.ensure_future(database.read(hold))
    try:
        assert await asyncio.to_thread(entered.wait, 5)
        yield
    finally:
        done.set()
        await task
