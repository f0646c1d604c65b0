"""`python -m app users erase`: a person leaves, and nothing of theirs stays here."""

import asyncio
from uuid import UUID

from app.cli.environment import as_service, prepare_database, ready_settings
from app.cli.problems import CommandError
from app.core.database import Database
from app.core.errors import DomainError
from app.core.redis import RedisLink, RedisUnavailable
from app.core.settings import Settings
from app.erasure.service import Erased, ErasureService


def erase(user_id: UUID) -> None:
    """Print what was removed, a line for each kind; may be run again.

    Raises CommandError for an id that nobody has and nothing belongs to, and when the database or
    Redis cannot be reached.
    """
    with ready_settings() as (settings, embedded):
        if embedded:
            prepare_database(settings, embedded=True)
        erased = asyncio.run(_erase(as_service(settings, embedded=embedded), user_id))
    if not erased.is_known and not erased.total:
        raise CommandError("there is no user with this id, and nothing that belonged to one")
    for name, count in erased.counts.items():
        print(f"{name}: {count}")
    print("removed" if erased.total else "nothing was left to remove")


async def _erase(settings: Settings, user_id: UUID) -> Erased:
    dsn, redis_dsn = settings.database_dsn(), settings.redis_dsn()
    if dsn is None:
        raise ValueError("no database")
    database = Database(settings, dsn)
    redis = RedisLink(redis_dsn) if redis_dsn else None
    try:
        return await ErasureService(database, redis).erase(user_id)
    except RedisUnavailable:
        raise CommandError("Redis does not answer; see REDIS_URL, and run it again") from None
    except DomainError:
        raise CommandError("the database does not answer; nothing was removed") from None
    finally:
        if redis is not None:
            await redis.aclose()
        database.close()
