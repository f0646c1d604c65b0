"""Forget a person, wherever the service keeps something of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from sqlalchemy import Connection

from app.career_profile.ikigai.content_service import cache_key
from app.career_profile.own_data.repository import find_own_sessions
from app.career_profile.sessions.starts.repository import serialize_starts
from app.chat.row_security import acting_for
from app.core.database import Database
from app.core.rate_limits import keys_of
from app.core.redis import RedisLink
from app.erasure.erasers import erase_all
from app.users.repository import has_row

SCAN_STEP = 1000  # keys that Redis looks at in one go


@dataclass(frozen=True, slots=True)
class Erased:
    """`counts`: how many of what. `is_known`: Go has the user, deleted or not."""

    is_known: bool
    counts: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())


class ErasureService:
    """Users, wallets and ledgers stay: they are Go's."""

    def __init__(self, database: Database, redis: RedisLink | None) -> None:
        self._database = database
        self._redis = redis

    async def erase(self, user_id: UUID) -> Erased:
        """Everything of the user, in one transaction; may run any number of times.

        Redis comes first: raises RedisUnavailable with nothing removed that could not be found
        again, DatabaseUnavailable or Overloaded. Comes last, too: a request that ran meanwhile may
        have cached something.
        """
        is_known, tokens = await self._database.read(partial(_look, user_id=user_id))
        cached = await self._forget_cached(user_id, tokens)
        counts, last = await self._database.transact(
            partial(_erase, user_id=user_id), acting_for(user_id)
        )
        cached += await self._forget_cached(user_id, {*tokens, *last})
        return Erased(is_known, {**counts, "entries in Redis": cached})

    async def _forget_cached(self, user_id: UUID, tokens: Iterable[str]) -> int:
        if self._redis is None:
            return 0
        keys: list[bytes | str] = [*map(cache_key, tokens)]
        pattern = keys_of(str(user_id))
        cursor = None
        while cursor != b"0":  # each step is short, however many keys there are
            cursor, found = await self._redis.run(
                "SCAN", cursor or 0, "MATCH", pattern, "COUNT", SCAN_STEP
            )
            keys += found
        return int(await self._redis.run("DEL", *keys)) if keys else 0


def _erase(connection: Connection, user_id: UUID) -> tuple[dict[str, int], list[str]]:
    """How many of what, and the tokens of all runs, also of those begun since the first look:
    between the two Redis is searched, which takes as long as it has keys.
    """
    serialize_starts(connection, user_id)
    tokens = list(find_own_sessions(connection, user_id).values())
    return erase_all(connection, user_id), tokens


def _look(connection: Connection, user_id: UUID) -> tuple[bool, list[str]]:
    tokens = find_own_sessions(connection, user_id).values()
    return has_row(connection, user_id), list(tokens)
