"""`python -m app narratives warm`: the narratives of the whole catalogue, written ahead."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from app.career_profile.ikigai.narrative_cache import NarrativeCache
from app.cli.environment import as_service, prepare_database, ready_settings
from app.cli.problems import CommandError
from app.core.cache import make_cache
from app.core.clock import utc_now
from app.core.database import Database
from app.core.redis import RedisLink
from app.core.settings import Settings
from app.language_model import build_model, measured, model_name
from app.llm.ledger import UsageLedger
from app.model_usage.recorder import UsageRecorder
from app.professions.repository import all_profession_ids, content_contexts
from app.services import build_narratives

BATCH = 5  # as many as a session asks for in one call
BATCHES_AT_ONCE = 4
PAGE = 200  # professions that are looked up at a time


@dataclass(slots=True)
class Tally:
    """Professions: `skipped` had their narratives already."""

    written: int = 0
    skipped: int = 0
    failed: int = 0

    def __str__(self) -> str:
        return f"{self.written} written, {self.skipped} skipped, {self.failed} failed"


def warm() -> None:
    """Write what the cache lacks; raises CommandError when some of it could not be written.

    What is written stays, however the command ends: run it again to go on. The offline model
    writes, too; its narratives are kept under its own name and never taken for another model's.
    """
    if Settings().redis_dsn() is None:
        raise CommandError(
            "narratives warm needs REDIS_URL: without it the cache would end with this command"
        )
    tally = Tally()
    with ready_settings() as (settings, embedded):
        if embedded:
            prepare_database(settings, embedded=True)
        asyncio.run(_warm(as_service(settings, embedded=embedded), tally))
    if tally.failed:
        raise CommandError(f"{tally.failed} narratives are missing; run it again to write them")


async def _warm(settings: Settings, tally: Tally) -> None:
    dsn, redis_dsn = settings.database_dsn(), settings.redis_dsn()
    if dsn is None or redis_dsn is None:
        raise ValueError("no database or no Redis")
    database, redis = Database(settings, dsn), RedisLink(redis_dsn)
    ledger = UsageLedger(utc_now)
    model = measured(build_model(settings, ledger.record), settings)
    narratives = build_narratives(settings, model, make_cache(redis), redis)
    try:
        if not await redis.answers():
            raise CommandError("Redis does not answer; see REDIS_URL")
        try:
            async with UsageRecorder(database, ledger):
                with _progress() as progress:
                    await _Warming(database, redis, narratives, tally, progress).run()
        finally:
            print(f"Narratives of {model_name(settings)}: {tally}")
    finally:
        await model.aclose()
        await redis.aclose()
        database.close()


def _progress() -> Progress:
    """A bar on standard error, for a person who watches."""
    console = Console(stderr=True)
    return Progress(
        TextColumn("Narratives"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.description}"),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    )


class _Warming:
    """One run over the catalogue."""

    def __init__(
        self,
        database: Database,
        redis: RedisLink,
        narratives: NarrativeCache,
        tally: Tally,
        progress: Progress,
    ) -> None:
        self._database = database
        self._redis = redis
        self._narratives = narratives
        self._tally = tally
        self._progress = progress
        self._bar: TaskID = progress.add_task("", total=None)
        self._slots = asyncio.Semaphore(BATCHES_AT_ONCE)

    async def run(self) -> None:
        ids = await self._database.read(all_profession_ids)
        self._progress.update(self._bar, total=len(ids))
        missing: list[int] = []
        for page in _parts(ids, PAGE):
            missing += await self._look_up(page)
        await asyncio.gather(*(self._write(batch) for batch in _parts(missing, BATCH)))

    async def _look_up(self, ids: Sequence[int]) -> list[int]:
        """Those that have no narratives yet."""
        professions = await self._database.read(lambda c: content_contexts(c, ids))
        found = await self._narratives.find(list(professions.values()))
        self._tally.skipped += len(found)
        self._advance(len(found))
        return [profession_id for profession_id in ids if profession_id not in found]

    async def _write(self, ids: Sequence[int]) -> None:
        async with self._slots:
            kept = 0
            if await self._redis.answers():  # else what the model writes would be lost
                found = await self._database.read(lambda c: content_contexts(c, ids))
                professions = list(found.values())
                await self._narratives.find_or_write(professions)
                kept = len(await self._narratives.find(professions))
            self._tally.written += kept
            self._tally.failed += len(ids) - kept
            self._advance(len(ids))

    def _advance(self, count: int) -> None:
        failed = f"{self._tally.failed} failed" if self._tally.failed else ""
        self._progress.update(self._bar, advance=count, description=failed)


def _parts(ids: Sequence[int], size: int) -> list[Sequence[int]]:
    return [ids[at : at + size] for at in range(0, len(ids), size)]
