"""Who works on what, across processes: short leases in Redis, so that nobody does it twice."""

import asyncio
import secrets
from collections.abc import Collection, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Self

from app.core.redis import RedisLink, RedisUnavailable

# The work of a process that dies is free for others after so long.
LEASE_S = 5.0
# Two renewals in a row may fail or be late before a lease lapses under its holder.
RENEWALS_PER_LEASE = 3
FAILED = "failed"
# Long enough for everybody who polls to see it.
FAILED_S = 2.0

# Takes what is free; tells the holder of the rest ('' stands for what is ours now).
TAKE = """
local holders = {}
for i, name in ipairs(KEYS) do
  local holder = redis.call('GET', name)
  if not holder or holder == 'failed' then
    redis.call('SET', name, ARGV[1], 'PX', ARGV[2])
    holder = ''
  end
  holders[i] = holder
end
return holders
"""
# The three below leave alone what has lapsed and is another's by now.
RENEW = """
for _, name in ipairs(KEYS) do
  if redis.call('GET', name) == ARGV[1] then redis.call('PEXPIRE', name, ARGV[2]) end
end
"""
GIVE_BACK = """
for _, name in ipairs(KEYS) do
  if redis.call('GET', name) == ARGV[1] then redis.call('DEL', name) end
end
"""
FAIL = """
for _, name in ipairs(KEYS) do
  if redis.call('GET', name) == ARGV[1] then redis.call('SET', name, 'failed', 'PX', ARGV[2]) end
end
"""


class Leases:
    """Leases on names, which must be free of user data. Never raises.

    Without Redis, and while it is away, everything is ours: processes then cannot know of one
    another, and each does its own work.
    """

    def __init__(self, redis: RedisLink | None, lease_s: float = LEASE_S) -> None:
        self._redis = redis
        self.lease_s = lease_s

    async def take(self, names: Collection[str]) -> "Lease":
        """A lease on those names that nobody holds; it lapses unless the block is entered."""
        token = secrets.token_hex(8)
        found = await self._run(TAKE, names, token, self.lease_s)
        holders = found if isinstance(found, list) else [b""] * len(names)
        others = {
            name: holder.decode() for name, holder in zip(names, holders, strict=True) if holder
        }
        return Lease(self, token, [name for name in names if name not in others], others)

    async def holders(self, names: Collection[str]) -> dict[str, str] | None:
        """Who holds each name now, `FAILED` shortly after its holder did; a name that nobody
        holds is left out. None when that cannot be known: Redis is away.
        """
        if self._redis is None:
            return {}
        keys = [_key(name) for name in names]
        try:
            found = await self._redis.run("MGET", *keys)
        except RedisUnavailable:
            return None
        return {
            name: value.decode() if isinstance(value, bytes) else value
            for name, value in zip(names, found, strict=True)
            if value
        }

    async def renew(self, names: Collection[str], token: str) -> None:
        await self._run(RENEW, names, token, self.lease_s)

    async def give_back(self, names: Collection[str], token: str) -> None:
        await self._run(GIVE_BACK, names, token, self.lease_s)

    async def fail(self, names: Collection[str], token: str) -> None:
        await self._run(FAIL, names, token, FAILED_S)

    async def _run(self, text: str, names: Collection[str], token: str, seconds: float) -> object:
        """What the script returns; None when there is no Redis, or it is away."""
        if self._redis is None or not names:
            return None
        keys = [_key(name) for name in names]
        milliseconds = round(seconds * 1000)
        found: object = None
        with suppress(RedisUnavailable):
            found = await self._redis.run("EVAL", text, len(keys), *keys, token, milliseconds)
        return found


class Lease:
    """`names` are ours, and stay so while the block lasts; `others`: holder by name."""

    def __init__(
        self, leases: Leases, token: str, names: Collection[str], others: Mapping[str, str]
    ) -> None:
        self.names = tuple(names)
        self.others = others
        self._leases = leases
        self._token = token
        self._failed: set[str] = set()
        self._renewing: asyncio.Task[None] | None = None

    def fail(self, name: str) -> None:
        """Tell those who wait, at the end of the block, that this did not work out."""
        self._failed.add(name)

    async def __aenter__(self) -> Self:
        self._renewing = asyncio.create_task(self._renew())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._renewing is not None:
            self._renewing.cancel()
        done = [name for name in self.names if name not in self._failed]
        await self._leases.fail(self._failed, self._token)
        await self._leases.give_back(done, self._token)

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(self._leases.lease_s / RENEWALS_PER_LEASE)
            await self._leases.renew(self.names, self._token)


def _key(name: str) -> str:
    return f"lease:{name}"
