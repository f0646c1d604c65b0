"""The cache: get, set, delete with a time to live. It never raises; a failure is a miss."""

import time
from typing import Protocol

from cachetools import TLRUCache

MAX_ENTRIES = 10_000


class Cache(Protocol):
    """Text by key. Safe to share by all tasks of a process."""

    async def get(self, key: str) -> str | None:
        """The value, or None when absent, expired or unreachable."""
        ...

    async def set(self, key: str, value: str, ttl_s: float) -> None: ...

    async def delete(self, key: str) -> None: ...


class MemoryCache:
    """Bounded, in the process: for one process, or when no Redis is configured."""

    def __init__(self, max_entries: int = MAX_ENTRIES) -> None:
        self._entries: TLRUCache[str, tuple[str, float]] = TLRUCache(
            max_entries, ttu=lambda _, entry, now: now + entry[1], timer=time.monotonic
        )

    async def get(self, key: str) -> str | None:
        entry = self._entries.get(key)
        return entry[0] if entry else None

    async def set(self, key: str, value: str, ttl_s: float) -> None:
        self._entries[key] = (value, ttl_s)

    async def delete(self, key: str) -> None:
        self._entries.pop(key, None)
