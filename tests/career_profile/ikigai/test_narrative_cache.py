"""Narratives of professions: written once for all sessions of a process, and kept."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import pytest

from app.career_profile.ikigai import narrative_cache
from app.career_profile.ikigai.content_writer import OptionText
from app.career_profile.ikigai.narrative_cache import NarrativeCache, cache_key
from app.core.cache import MemoryCache
from app.llm.openrouter import OpenRouterModel
from app.professions.context import ContentContext
from tests.support import sim_faults as faults
from tests.support.model_answers import DIMENSIONS, NARRATIVE
from tests.support.model_clients import PATIENT, QUICK, model_at
from tests.support.narratives import (
    CONTENT,
    MODEL,
    PROFESSIONS,
    asked,
    ids,
    process_with,
    sources,
)
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.sim_gate import Gate

FIVE = PROFESSIONS[:5]
ONE = PROFESSIONS[0]


class WatchedCache(MemoryCache):
    """Remembers for how long each key was last to be kept, in seconds."""

    def __init__(self) -> None:
        super().__init__()
        self.ttl: dict[str, float] = {}

    async def set(self, key: str, value: str, ttl_s: float) -> None:
        self.ttl[key] = ttl_s
        await super().set(key, value, ttl_s)


class LateCache(MemoryCache):
    """The next `misses` looks at several keys are a moment too early."""

    misses = 0

    async def get_many(self, keys: Sequence[str]) -> list[str | None]:
        self.misses -= 1
        return await super().get_many(keys) if self.misses < 0 else [None] * len(keys)


@pytest.fixture
async def model(sim: OpenRouterSim) -> AsyncIterator[OpenRouterModel]:
    async with model_at(sim) as found:
        yield found


@pytest.fixture
def cache() -> WatchedCache:
    return WatchedCache()


@pytest.fixture
def narratives(model: OpenRouterModel, cache: WatchedCache) -> NarrativeCache:
    return process_with(model, QUICK, cache=cache)


def begin(
    narratives: NarrativeCache, professions: tuple[ContentContext, ...]
) -> "asyncio.Task[dict[int, OptionText]]":
    return asyncio.ensure_future(narratives.find_or_write(professions))


async def arrived(sim: OpenRouterSim, calls: int) -> None:
    assert await asyncio.to_thread(sim.wait_calls, calls, 5.0)


class TestOneCall:
    async def test_for_all_that_is_missing(
        self, narratives: NarrativeCache, sim: OpenRouterSim
    ) -> None:
        texts = await narratives.find_or_write(FIVE)
        assert asked(sim) == [ids(FIVE)]
        assert list(texts) == ids(FIVE)
        assert sources(texts) == ["model"] * 5
        assert dict(texts[ONE.profession_id].narratives) == dict.fromkeys(DIMENSIONS, NARRATIVE)

    async def test_only_for_what_the_cache_lacks(
        self, narratives: NarrativeCache, sim: OpenRouterSim
    ) -> None:
        await narratives.find_or_write(FIVE[1:3])
        texts = await narratives.find_or_write(FIVE)
        assert asked(sim) == [ids(FIVE[1:3]), ids((FIVE[0], *FIVE[3:]))]
        assert list(texts) == ids(FIVE)
        assert sources(texts) == ["model"] * 5

    async def test_none_when_nothing_is_missing(
        self, narratives: NarrativeCache, sim: OpenRouterSim
    ) -> None:
        first = await narratives.find_or_write(FIVE)
        assert await narratives.find_or_write(FIVE) == first
        assert await narratives.find(FIVE) == first
        assert sim.count(CONTENT) == 1

    async def test_none_to_find_what_is_there(
        self, narratives: NarrativeCache, sim: OpenRouterSim
    ) -> None:
        await narratives.find_or_write(FIVE[:2])
        assert list(await narratives.find(FIVE)) == ids(FIVE[:2])
        assert sim.count(CONTENT) == 1

    async def test_none_when_another_process_wrote_it_after_we_looked(
        self, model: OpenRouterModel, sim: OpenRouterSim
    ) -> None:
        cache = LateCache()
        written = await process_with(model, PATIENT, cache=cache).find_or_write(FIVE)
        cache.misses = 1
        assert await process_with(model, PATIENT, cache=cache).find_or_write(FIVE) == written
        assert sim.count(CONTENT) == 1

    async def test_kept_thirty_days(self, narratives: NarrativeCache, cache: WatchedCache) -> None:
        await narratives.find_or_write(FIVE)
        assert cache.ttl == {cache_key(MODEL, item): 30 * 86_400 for item in FIVE}


class TestSingleFlight:
    async def test_twenty_sessions_share_one_call(
        self, narratives: NarrativeCache, sim: OpenRouterSim
    ) -> None:
        sim.latency = 0.05
        found = await asyncio.gather(*(narratives.find_or_write(FIVE) for _ in range(20)))
        assert sim.count(CONTENT) == 1
        assert all(texts == found[0] for texts in found)
        assert sources(found[0]) == ["model"] * 5

    async def test_partial_overlap_asks_only_for_what_nobody_is_asking_for(
        self, narratives: NarrativeCache, sim: OpenRouterSim
    ) -> None:
        gate = Gate()
        sim.script(CONTENT, gate.behaviour)
        first = begin(narratives, PROFESSIONS[:4])
        await arrived(sim, 1)
        second = begin(narratives, PROFESSIONS[2:7])
        await arrived(sim, 2)
        assert asked(sim) == [ids(PROFESSIONS[:4]), ids(PROFESSIONS[4:7])]
        gate.open()
        for work, professions in ((first, PROFESSIONS[:4]), (second, PROFESSIONS[2:7])):
            texts = await work
            assert list(texts) == ids(professions)
            assert set(sources(texts)) == {"model"}
        assert sim.count(CONTENT) == 2

    async def test_a_flight_that_fails_fails_for_all_who_wait(
        self, narratives: NarrativeCache, sim: OpenRouterSim
    ) -> None:
        gate = Gate(faults.status(400))
        sim.script(CONTENT, gate.behaviour)
        first = begin(narratives, FIVE)
        await arrived(sim, 1)
        second = begin(narratives, FIVE[:2])
        gate.open()
        assert sources(await first) == ["fallback"] * 5
        assert sources(await second) == ["fallback"] * 2
        assert sim.count(CONTENT) == 1

    async def test_an_abandoned_flight_is_begun_again_by_who_waits(
        self, narratives: NarrativeCache, sim: OpenRouterSim
    ) -> None:
        gate = Gate()
        sim.script(CONTENT, gate.behaviour)
        first = begin(narratives, FIVE)
        await arrived(sim, 1)
        second = begin(narratives, FIVE[:2])
        await asyncio.sleep(0)
        first.cancel()
        assert sources(await second) == ["model"] * 2
        assert asked(sim)[1:] == [ids(FIVE[:2])]
        gate.open()

    async def test_nobody_waits_beyond_the_deadline(
        self, narratives: NarrativeCache, sim: OpenRouterSim
    ) -> None:
        sim.always(CONTENT, faults.hang_before_headers)
        loop = asyncio.get_running_loop()
        started = loop.time()
        found = await asyncio.gather(begin(narratives, FIVE), begin(narratives, PROFESSIONS[3:]))
        assert loop.time() - started < QUICK.deadline_s + 0.25
        assert {source for texts in found for source in sources(texts)} == {"fallback"}


class TestFallback:
    async def test_is_never_kept(
        self, narratives: NarrativeCache, cache: WatchedCache, sim: OpenRouterSim
    ) -> None:
        sim.always(CONTENT, faults.status(503))
        assert sources(await narratives.find_or_write(FIVE)) == ["fallback"] * 5
        assert cache.ttl == {}
        sim.reset()
        assert sources(await narratives.find_or_write(FIVE)) == ["model"] * 5
        assert asked(sim) == [ids(FIVE)]

    async def test_beside_what_the_model_wrote(
        self, narratives: NarrativeCache, cache: WatchedCache, sim: OpenRouterSim
    ) -> None:
        sim.script(CONTENT, faults.value("four", lambda a: {"professions": a["professions"][1:]}))
        sim.script(CONTENT, faults.status(503))
        texts = await narratives.find_or_write(FIVE)
        assert sources(texts) == ["fallback", *["model"] * 4]
        assert cache.ttl.keys() == {cache_key(MODEL, item) for item in FIVE[1:]}
        sim.reset()
        assert sources(await narratives.find_or_write(FIVE)) == ["model"] * 5
        assert asked(sim) == [ids(FIVE[:1])]


class TestKey:
    async def test_an_edited_profession_is_written_anew(
        self, narratives: NarrativeCache, sim: OpenRouterSim
    ) -> None:
        await narratives.find_or_write(FIVE)
        edited = replace(FIVE[2], activities=(*FIVE[2].activities[1:], "Menyusun laporan baru"))
        await narratives.find_or_write((*FIVE[:2], edited, *FIVE[3:]))
        assert asked(sim) == [ids(FIVE), [edited.profession_id]]

    @pytest.mark.parametrize("prompt", ["WRITE_PROMPT", "REPAIR_PROMPT"])
    async def test_another_prompt(
        self,
        narratives: NarrativeCache,
        sim: OpenRouterSim,
        monkeypatch: pytest.MonkeyPatch,
        prompt: str,
    ) -> None:
        await narratives.find_or_write(FIVE)
        monkeypatch.setattr(narrative_cache, prompt, "ikigai_content_v9")
        await narratives.find_or_write(FIVE)
        assert asked(sim) == [ids(FIVE)] * 2

    async def test_another_model(
        self, model: OpenRouterModel, cache: WatchedCache, sim: OpenRouterSim
    ) -> None:
        for name in (MODEL, "other/model", MODEL):
            await process_with(model, PATIENT, cache=cache, model_name=name).find_or_write(FIVE)
        assert asked(sim) == [ids(FIVE)] * 2

    def test_every_profession_has_its_own(self) -> None:
        assert len({cache_key(MODEL, item) for item in PROFESSIONS}) == len(PROFESSIONS)


GOOD = dict.fromkeys(DIMENSIONS, NARRATIVE)
BROKEN = {
    "empty": "",
    "cut off": json.dumps(GOOD)[:-9],
    "null": "null",
    "a list": json.dumps([GOOD]),
    "no text": json.dumps({**GOOD, DIMENSIONS[0]: 7}),
    "blank": json.dumps({**GOOD, DIMENSIONS[0]: " "}),
    "a dimension is missing": json.dumps(dict.fromkeys(DIMENSIONS[1:], NARRATIVE)),
    "a dimension too many": json.dumps({**GOOD, "what_you_eat": NARRATIVE}),
    "names the profession": json.dumps({**GOOD, DIMENSIONS[3]: f"{ONE.name}: {NARRATIVE}"}),
}


class TestUnusableValue:
    @pytest.mark.parametrize("value", BROKEN.values(), ids=list(BROKEN))
    async def test_is_a_miss_and_overwritten(
        self, narratives: NarrativeCache, cache: WatchedCache, sim: OpenRouterSim, value: str
    ) -> None:
        await narratives.find_or_write(FIVE)
        await cache.set(cache_key(MODEL, ONE), value, 60)
        assert ONE.profession_id not in await narratives.find(FIVE)
        assert sources(await narratives.find_or_write(FIVE)) == ["model"] * 5
        assert asked(sim) == [ids(FIVE), [ONE.profession_id]]
        assert json.loads(await cache.get(cache_key(MODEL, ONE)) or "") == GOOD
