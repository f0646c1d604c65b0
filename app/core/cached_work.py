"""Documents that take long to make: from the cache, else made once for all who wait for them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError

from app.core.cache import Cache
from app.core.single_flight import SingleFlight, StillRunning

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Made(Generic[M]):
    """A finished document; `ttl_s` None: good for those who wait, not worth keeping."""

    document: M
    ttl_s: float | None


class JsonText(str):
    """A document as JSON, checked against its model: it can be sent as it is."""

    __slots__ = ()


class CachedWork(Generic[M]):
    """Concurrent callers of a key share one making; it goes on when they leave or lose patience.

    `as_found` is what a document is like that comes from the cache, and so how it is kept.
    """

    def __init__(
        self,
        cache: Cache,
        document: type[M],
        wait_s: float,
        as_found: Callable[[M], M] = lambda document: document,
    ) -> None:
        self._cache = cache
        self._document = document
        self._wait_s = wait_s
        self._as_found = as_found
        self._flights: SingleFlight[M] = SingleFlight()

    async def find(self, key: str) -> M | None:
        """The cached document; a value that does not parse is a miss and will be overwritten."""
        found = await self._find(key)
        return found and found[0]

    async def find_text(self, key: str) -> JsonText | None:
        """As `find`, for who passes it on: a document is read, and not written again."""
        found = await self._find(key)
        return found and found[1]

    async def make(self, key: str, work: Callable[[], Awaitable[Made[M]]]) -> M | None:
        """The document of the making under `key`; None when it takes longer than the wait.

        The making goes on then, and the next call has it.
        """
        try:
            return await self._flights.run(key, lambda: self._make(key, work), self._wait_s)
        except StillRunning:
            return None

    async def drain(self, timeout_s: float) -> None:
        """Let makings that are under way finish, for a shutdown."""
        await self._flights.drain(timeout_s)

    async def _make(self, key: str, work: Callable[[], Awaitable[Made[M]]]) -> M:
        # A call may miss the cache just before another one's making ends, and come here after.
        stored = await self.find(key)
        if stored is not None:
            return stored
        made = await work()
        if made.ttl_s is not None:
            kept = self._as_found(made.document)
            await self._cache.set(key, kept.model_dump_json(), made.ttl_s)
        return made.document

    async def _find(self, key: str) -> tuple[M, JsonText] | None:
        value = await self._cache.get(key)
        if value is None:
            return None
        try:
            kept = self._document.model_validate_json(value)
        except ValidationError:
            return None
        found = self._as_found(kept)
        return found, JsonText(value if found is kept else found.model_dump_json())
