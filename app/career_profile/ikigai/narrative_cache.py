"""Narratives of professions: general, so each is written once for everybody who asks for it."""

import asyncio
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import astuple

from pydantic import TypeAdapter, ValidationError

from app.career_profile.ikigai.content import find_narrative_defects
from app.career_profile.ikigai.content_writer import (
    REPAIR_PROMPT,
    WRITE_PROMPT,
    ContentWriter,
    OptionText,
    fallback_text,
)
from app.career_profile.ikigai.dimensions import DIMENSIONS, Dimension
from app.core.cache import Cache
from app.core.work_leases import FAILED, Lease, Leases
from app.llm.budget import Budget
from app.llm.port import Deadline
from app.professions.context import ContentContext

CACHE_TTL_S = 30 * 86_400.0
# How soon what another process has written is seen.
POLL_S = 0.1
# A Redis that is silent once may only have hiccuped: the other process is still at work.
POLLS_BEFORE_GIVING_UP = 2
NARRATIVES = TypeAdapter(dict[Dimension, str])

Wanted = Mapping[str, ContentContext]
Flight = asyncio.Future[OptionText]


class NarrativeCache:
    """Narratives by profession, shared by all sessions and, with Redis, by all processes.

    Only what the model wrote is kept. Who asks for a profession that is being written waits for
    it: in this process for the one flight of its key, across processes for the holder of a lease.
    A flight that fails gives the fallback text to all who wait; one that is abandoned (its task
    was cancelled, its process died) is begun again by one of them. Nobody waits beyond the
    deadline of `budget`. `model_name` is the configured model: texts of another one are not
    taken for its own.
    """

    def __init__(
        self,
        cache: Cache,
        leases: Leases,
        writer: ContentWriter,
        budget: Budget,
        model_name: str,
    ) -> None:
        self._cache = cache
        self._leases = leases
        self._writer = writer
        self._budget = budget
        self._model_name = model_name
        self._flights: dict[str, Flight] = {}

    async def find(self, professions: Sequence[ContentContext]) -> dict[int, OptionText]:
        """What is cached, by profession id; asks nobody."""
        wanted = self._by_key(professions)
        found = await self._read(wanted)
        return {wanted[key].profession_id: text for key, text in found.items()}

    async def find_or_write(self, professions: Sequence[ContentContext]) -> dict[int, OptionText]:
        """Narratives for every profession given, by id: cached, written now in one batched call,
        or by rule where that fails.
        """
        deadline = self._budget.start()
        wanted = self._by_key(professions)
        texts: dict[str, OptionText] = {}
        while missing := {key: item for key, item in wanted.items() if key not in texts}:
            if deadline.remaining() <= 0:
                texts |= {key: fallback_text(item) for key, item in missing.items()}
            else:
                texts |= await self._fly(missing, deadline)
        return {item.profession_id: texts[key] for key, item in wanted.items()}

    def _by_key(self, professions: Sequence[ContentContext]) -> Wanted:
        return {cache_key(self._model_name, item): item for item in professions}

    async def _fly(self, missing: Wanted, deadline: Deadline) -> dict[str, OptionText]:
        """What lands in time: of flights under way, and of ours for what nobody is at."""
        loop = asyncio.get_running_loop()
        joined = {key: self._flights[key] for key in missing if key in self._flights}
        own: dict[str, Flight] = {key: loop.create_future() for key in missing.keys() - joined}
        # Before the first await: whoever comes next joins them.
        self._flights |= own
        try:
            await self._fill({key: missing[key] for key in missing if key in own}, deadline)
        finally:
            for key, flight in own.items():
                del self._flights[key]
                flight.cancel()  # unless it has landed: those who wait begin anew
        if joined:
            await asyncio.wait(joined.values(), timeout=deadline.remaining())
        return {
            key: flight.result()
            for key, flight in (own | joined).items()
            if flight.done() and not flight.cancelled()
        }

    async def _fill(self, wanted: Wanted, deadline: Deadline) -> None:
        """Every flight lands, unless the deadline comes first: from the cache, with what we write
        now, or with what another process does.
        """
        missing = await self._land_cached(wanted)
        if not missing:
            return
        lease = await self._leases.take(missing)
        mine = {key: missing[key] for key in lease.names}
        theirs = {key: missing[key] for key in lease.others}
        # No TaskGroup here: it would hide from the log what went wrong inside it.
        watching = asyncio.create_task(self._watch(theirs, deadline))
        try:
            await self._write(mine, lease, deadline)
            await watching
        finally:
            watching.cancel()

    async def _write(self, mine: Wanted, lease: Lease, deadline: Deadline) -> None:
        if not mine:
            return
        async with lease:
            # Another process may have written them just before we took the lease.
            missing = await self._land_cached(mine)
            if not missing:
                return
            texts = await self._writer.write(list(missing.values()), deadline)
            for key, profession in missing.items():
                text = texts[profession.profession_id]
                self._land(key, text)
                if text.source == "model":
                    value = NARRATIVES.dump_json(dict(text.narratives)).decode()
                    await self._cache.set(key, value, CACHE_TTL_S)
                else:
                    lease.fail(key)

    async def _watch(self, wanted: Wanted, deadline: Deadline) -> None:
        """Wait for other processes; what they leave undone is ours to fill."""
        takeovers: list[asyncio.Task[None]] = []
        try:
            while wanted and deadline.remaining() > 0:
                await asyncio.sleep(min(POLL_S, deadline.remaining()))
                holders = await self._holders(wanted)
                free = {key: item for key, item in wanted.items() if key not in holders}
                if free:
                    takeovers.append(asyncio.create_task(self._fill(free, deadline)))
                for key, holder in holders.items():
                    if holder == FAILED:
                        self._land(key, fallback_text(wanted[key]))
                wanted = {k: v for k, v in wanted.items() if holders.get(k, FAILED) != FAILED}
            await asyncio.gather(*takeovers)
        finally:
            for takeover in takeovers:
                takeover.cancel()

    async def _holders(self, wanted: Wanted) -> dict[str, str]:
        """Who is at work on what; nobody, as far as we know, when Redis stays silent."""
        for _ in range(POLLS_BEFORE_GIVING_UP):
            holders = await self._leases.holders(wanted)
            if holders is not None:
                return holders
            await asyncio.sleep(POLL_S)
        return {}

    async def _land_cached(self, wanted: Wanted) -> Wanted:
        """Land what is cached; what is not."""
        found = await self._read(wanted)
        for key, text in found.items():
            self._land(key, text)
        return {key: item for key, item in wanted.items() if key not in found}

    def _land(self, key: str, text: OptionText) -> None:
        flight = self._flights[key]
        if not flight.done():
            flight.set_result(text)

    async def _read(self, wanted: Wanted) -> dict[str, OptionText]:
        if not wanted:
            return {}
        values = await self._cache.get_many(list(wanted))
        read = {
            key: _read_value(value, profession)
            for (key, profession), value in zip(wanted.items(), values, strict=True)
        }
        return {key: text for key, text in read.items() if text is not None}


def cache_key(model_name: str, profession: ContentContext) -> str:
    """Changes with the prompts, the model, and the profession, which Go's admin may edit."""
    data = json.dumps(astuple(profession), ensure_ascii=False).encode("utf-8", "replace")
    digest = hashlib.sha256(data).hexdigest()[:16]
    prompts = f"{WRITE_PROMPT}+{REPAIR_PROMPT}"
    return f"ikigai_narrative:{prompts}:{model_name}:{profession.profession_id}:{digest}"


def _read_value(value: str | None, profession: ContentContext) -> OptionText | None:
    """None for a value that does not parse or breaks the rules of today: it is overwritten."""
    if value is None:
        return None
    try:
        narratives = NARRATIVES.validate_json(value)
    except ValidationError:
        return None
    if narratives.keys() != set(DIMENSIONS):
        return None
    if find_narrative_defects(narratives, profession.telling_names):
        return None
    return OptionText(narratives, "model")
