"""The cache: get, set, delete with a time to live. It never raises; a failure is a miss."""

import time
from collections.abc import Sequence
from contextlib import suppress
from sys import getsizeof
from typing import Protocol

from cachetools import TLRUCache

from app.core.redis import RedisLink, RedisUnavailable

# An entry counts once for every kilobyte that it takes: the options of a session are six of them,
# and ten thousand sessions would be sixty megabytes. A miss is composed anew from narratives.
ENTRY_BYTES = 1024
MAX_ENTRIES = 4_000
MAX_NEAR_ENTRIES = 2_000
NEAR_TTL_S = 600.0


class Cache(Protocol):
    """Text by key. Safe to share by all tasks of a process."""

    async def get(self, key: str) -> str | None:
        """The value, or None when absent, expired or unreachable."""
        ...

    async def get_many(self, keys: Sequence[str]) -> list[str | None]:
        """As `get`, for several keys in one round trip, in their order."""
        ...

    async def set(self, key: str, value: str, ttl_s: float) -> None: ...

    async def delete(self, key: str) -> None: ...


def make_cache(redis: RedisLink | None) -> Cache:
    """Redis's memory, shared by all processes; without Redis this process's own."""
    return MemoryCache() if redis is None else RedisCache(redis)


def make_near_cache(far: Cache, redis: RedisLink | None) -> Cache:
    """`far` with this process's own memory in front; without Redis it is that memory already."""
    return far if redis is None else NearCache(far)


class MemoryCache:
    """Bounded, in the process: for one process, or when no Redis is configured.

    `max_entries` of a kilobyte; what alone would take more is not kept.
    """

    def __init__(self, max_entries: int = MAX_ENTRIES) -> None:
        self._entries: TLRUCache[str, tuple[str, float]] = TLRUCache(
            max_entries,
            ttu=lambda _, entry, now: now + entry[1],
            timer=time.monotonic,
            getsizeof=lambda entry: 1 + getsizeof(entry[0]) // ENTRY_BYTES,
        )

    async def get(self, key: str) -> str | None:
        entry = self._entries.get(key)
        return entry[0] if entry else None

    async def get_many(self, keys: Sequence[str]) -> list[str | None]:
        return [await self.get(key) for key in keys]

    async def set(self, key: str, value: str, ttl_s: float) -> None:
        with suppress(ValueError):  # larger than all that may be kept
            self._entries[key] = (value, ttl_s)

    async def delete(self, key: str) -> None:
        self._entries.pop(key, None)


class RedisCache:
    """In Redis. While Redis is away every read is a miss and every write is lost."""

    def __init__(self, redis: RedisLink) -> None:
        self._redis = redis

    async def get(self, key: str) -> str | None:
        try:
            return _as_text(await self._redis.run("GET", key))
        except RedisUnavailable:
            return None

    async def get_many(self, keys: Sequence[str]) -> list[str | None]:
        try:
            found = await self._redis.run("MGET", *keys)
        except RedisUnavailable:
            return [None] * len(keys)
        return [_as_text(value) for value in found]

    async def set(self, key: str, value: str, ttl_s: float) -> None:
        ttl_ms = max(1, round(ttl_s * 1000))
        with suppress(RedisUnavailable):
            await self._redis.run("SET", key, value, "PX", ttl_ms)

    async def delete(self, key: str) -> None:
        with suppress(RedisUnavailable):
            await self._redis.run("DEL", key)


class NearCache:
    """What this process has read or written of another cache in the last ten minutes.

    For values that stay what they are: one that is overwritten or deleted elsewhere is still
    given until then, also while the other cache is away.
    """

    def __init__(self, far: Cache) -> None:
        self._far = far
        self._near = MemoryCache(MAX_NEAR_ENTRIES)

    async def get(self, key: str) -> str | None:
        return (await self.get_many([key]))[0]

    async def get_many(self, keys: Sequence[str]) -> list[str | None]:
        found = dict(zip(keys, await self._near.get_many(keys), strict=True))
        missing = [key for key, value in found.items() if value is None]
        if missing:
            values = await self._far.get_many(missing)
            for key, value in zip(missing, values, strict=True):
                if value is not None:
                    await self._near.set(key, value, NEAR_TTL_S)
                    found[key] = value
        return [found[key] for key in keys]

    async def set(self, key: str, value: str, ttl_s: float) -> None:
        await self._near.set(key, value, min(ttl_s, NEAR_TTL_S))
        await self._far.set(key, value, ttl_s)

    async def delete(self, key: str) -> None:
        await self._near.delete(key)
        await self._far.delete(key)


def _as_text(value: bytes | str | None) -> str | None:
    try:
        return value.decode() if isinstance(value, bytes) else value
    except UnicodeDecodeError:
        return None
