"""The cache, counted: how often a read found something, by kind of key."""

from collections.abc import Sequence

from app.core import metrics
from app.core.cache import Cache


class MeasuredCache:
    """A `Cache` whose reads are counted; the kind of a key is what stands before its first colon,
    which must be a fixed name.
    """

    def __init__(self, cache: Cache) -> None:
        self._cache = cache

    async def get(self, key: str) -> str | None:
        value = await self._cache.get(key)
        _count(key, value)
        return value

    async def get_many(self, keys: Sequence[str]) -> list[str | None]:
        values = await self._cache.get_many(keys)
        for key, value in zip(keys, values, strict=True):
            _count(key, value)
        return values

    async def set(self, key: str, value: str, ttl_s: float) -> None:
        await self._cache.set(key, value, ttl_s)

    async def delete(self, key: str) -> None:
        await self._cache.delete(key)


def _count(key: str, value: str | None) -> None:
    result = "miss" if value is None else "hit"
    metrics.cache_requests.labels(key.partition(":")[0], result).inc()
