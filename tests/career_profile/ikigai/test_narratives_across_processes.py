"""Narratives of professions, shared by processes through Redis, also when one of them dies."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable

import pytest

from app.career_profile.ikigai.narrative_cache import NarrativeCache, cache_key
from app.core.redis import RedisLink
from app.core.work_leases import Leases
from app.llm.budget import Budget
from tests.support import sim_faults as faults
from tests.support.model_clients import model_at
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
from tests.support.ports import own_port
from tests.support.redis_server import RedisServer
from tests.support.sim_gate import Gate

pytestmark = pytest.mark.slow

FIVE = PROFESSIONS[:5]
BUDGET = Budget(30.0, 25.0)  # no test waits for its end
SHORT_S = 0.4  # a lease's, so that a dead holder is soon followed
# The holder looks for texts twice, who waits once; then it polls.
POLLS = 2
NewProcess = Callable[[], NarrativeCache]


@pytest.fixture
async def links() -> AsyncIterator[list[RedisLink]]:
    opened: list[RedisLink] = []
    yield opened
    for link in opened:
        await link.aclose()


@pytest.fixture
async def new_process(
    redis_server: RedisServer, links: list[RedisLink], sim: OpenRouterSim
) -> AsyncIterator[NewProcess]:
    """Another process: its own flights and its own way to the Redis that all share."""
    async with model_at(sim) as model:

        def make() -> NarrativeCache:
            links.append(RedisLink(redis_server.url, probe_interval_s=0.05))
            return process_with(model, BUDGET, redis=links[-1], lease_s=SHORT_S)

        yield make


async def arrived(sim: OpenRouterSim, calls: int) -> None:
    assert await asyncio.to_thread(sim.wait_calls, calls, 20.0)


async def looked(redis_server: RedisServer, times: int) -> None:
    """Wait until the processes have looked so often for texts or holders."""
    async with asyncio.timeout(20):
        while await asyncio.to_thread(_looks, redis_server) < times:  # noqa: ASYNC110 - Redis brings it about
            await asyncio.sleep(0.01)


def _looks(redis_server: RedisServer) -> int:
    stats = redis_server.command("INFO", "commandstats").decode()
    found = re.search(r"cmdstat_mget:calls=(\d+)", stats)
    return int(found.group(1)) if found else 0


class TestShared:
    async def test_what_one_wrote_another_finds(
        self, new_process: NewProcess, sim: OpenRouterSim
    ) -> None:
        written = await new_process().find_or_write(FIVE)
        assert await new_process().find_or_write(FIVE) == written
        assert asked(sim) == [ids(FIVE)]

    async def test_at_the_same_time(self, new_process: NewProcess, sim: OpenRouterSim) -> None:
        sim.latency = 0.6  # longer than a lease: its holder renews it
        processes = [new_process() for _ in range(3)]
        found = await asyncio.gather(
            *(process.find_or_write(FIVE) for process in processes for _ in range(4))
        )
        assert asked(sim) == [ids(FIVE)]
        assert all(sources(texts) == ["model"] * 5 for texts in found)

    async def test_partial_overlap_asks_only_for_what_nobody_is_asking_for(
        self, new_process: NewProcess, sim: OpenRouterSim
    ) -> None:
        gate = Gate()
        sim.script(CONTENT, gate.behaviour)
        first = asyncio.ensure_future(new_process().find_or_write(PROFESSIONS[:4]))
        await arrived(sim, 1)
        second = asyncio.ensure_future(new_process().find_or_write(PROFESSIONS[2:7]))
        await arrived(sim, 2)
        gate.open()
        assert sources(await first) == ["model"] * 4
        assert sources(await second) == ["model"] * 5
        assert asked(sim) == [ids(PROFESSIONS[:4]), ids(PROFESSIONS[4:7])]

    async def test_a_failure_is_told_to_who_waits(
        self, new_process: NewProcess, redis_server: RedisServer, sim: OpenRouterSim
    ) -> None:
        gate = Gate(faults.status(400))
        sim.script(CONTENT, gate.behaviour)
        one, two = new_process(), new_process()
        first = asyncio.ensure_future(one.find_or_write(FIVE))
        await arrived(sim, 1)
        second = asyncio.ensure_future(two.find_or_write(FIVE))
        await looked(redis_server, 3 + POLLS)
        gate.open()
        assert sources(await first) == sources(await second) == ["fallback"] * 5
        assert sim.count(CONTENT) == 1
        assert await two.find(FIVE) == {}
        assert sources(await two.find_or_write(FIVE)) == ["model"] * 5


class TestDeadHolder:
    async def test_is_taken_over_with_one_call(
        self, new_process: NewProcess, links: list[RedisLink], sim: OpenRouterSim
    ) -> None:
        process = new_process()
        names = [cache_key(MODEL, item) for item in FIVE]
        await Leases(links[0], SHORT_S).take(names)  # and dies: nobody renews them
        texts = await process.find_or_write(FIVE)
        assert sources(texts) == ["model"] * 5
        assert asked(sim) == [ids(FIVE)]

    async def test_by_one_of_those_who_wait(
        self, new_process: NewProcess, links: list[RedisLink], sim: OpenRouterSim
    ) -> None:
        sim.latency = 0.2
        processes = [new_process() for _ in range(3)]
        await Leases(links[0], SHORT_S).take([cache_key(MODEL, item) for item in FIVE])
        found = await asyncio.gather(*(process.find_or_write(FIVE) for process in processes))
        assert all(sources(texts) == ["model"] * 5 for texts in found)
        assert asked(sim) == [ids(FIVE)]

    async def test_of_a_part_does_not_hold_up_the_rest(
        self, new_process: NewProcess, links: list[RedisLink], sim: OpenRouterSim
    ) -> None:
        process = new_process()
        await Leases(links[0], SHORT_S).take([cache_key(MODEL, item) for item in FIVE[:2]])
        assert sources(await process.find_or_write(FIVE)) == ["model"] * 5
        assert asked(sim) == [ids(FIVE[2:]), ids(FIVE[:2])]

    async def test_a_cancelled_one_is_followed_at_once(
        self, new_process: NewProcess, links: list[RedisLink], sim: OpenRouterSim
    ) -> None:
        gate = Gate()
        sim.script(CONTENT, gate.behaviour)
        first = asyncio.ensure_future(new_process().find_or_write(FIVE))
        await arrived(sim, 1)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        assert await Leases(links[0]).holders([cache_key(MODEL, item) for item in FIVE]) == {}
        assert sources(await new_process().find_or_write(FIVE)) == ["model"] * 5
        gate.open()


class TestRedisAway:
    async def test_from_the_beginning(self, links: list[RedisLink], sim: OpenRouterSim) -> None:
        links.append(RedisLink(f"redis://127.0.0.1:{own_port()}/0"))
        async with model_at(sim) as model:
            process = process_with(model, BUDGET, redis=links[-1])
            found = await asyncio.gather(*(process.find_or_write(FIVE) for _ in range(5)))
        assert all(sources(texts) == ["model"] * 5 for texts in found)
        assert asked(sim) == [ids(FIVE)]  # in the process nobody repeats it

    @pytest.mark.parametrize("outage", [RedisServer.kill, RedisServer.freeze])
    async def test_in_the_middle_everybody_gets_the_models_texts(
        self,
        new_process: NewProcess,
        redis_server: RedisServer,
        sim: OpenRouterSim,
        outage: Callable[[RedisServer], None],
    ) -> None:
        gate = Gate()
        sim.script(CONTENT, gate.behaviour)
        first = asyncio.ensure_future(new_process().find_or_write(FIVE))
        await arrived(sim, 1)
        waiting = new_process()
        second = asyncio.ensure_future(waiting.find_or_write(FIVE))
        await looked(redis_server, 3 + POLLS)
        outage(redis_server)
        assert sources(await second) == ["model"] * 5  # asks itself: nobody can tell it
        gate.open()
        assert sources(await first) == ["model"] * 5
        assert asked(sim) == [ids(FIVE)] * 2

    async def test_and_back(
        self, new_process: NewProcess, redis_server: RedisServer, links: list[RedisLink]
    ) -> None:
        process = new_process()
        redis_server.kill()
        await process.find_or_write(FIVE)
        redis_server.start()
        async with asyncio.timeout(20):
            while not links[0].is_open:  # noqa: ASYNC110 - another process brings it about
                await asyncio.sleep(0.01)
        await process.find_or_write(FIVE)
        assert sources(await new_process().find(FIVE)) == ["model"] * 5
