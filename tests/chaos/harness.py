"""Plays many journeys at once on real servers and kills these at random moments."""

import asyncio
import random
import time
from collections.abc import Collection
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
from sqlalchemy import Engine, create_engine

from app.core.database import psycopg2_url
from app.core.settings import Settings
from tests.chaos.audit import Findings, audit, left_over, unfinished
from tests.chaos.house import House
from tests.chaos.traveller import Ledger, Traveller
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.player import add_user

FINISHED_WITHIN_S = 60.0
LIFE_S = (0.1, 1.5)
BOTH = 0.25  # of the kills take all servers at once: nobody is left who could take over


@dataclass(frozen=True)
class Plan:
    """What to play. `seconds` bounds the killing, whatever `kills` asks for."""

    kills: int
    seconds: float
    journeys_at_once: int = 16
    servers: int = 2
    seed: int = 0


@dataclass(frozen=True)
class Report:
    """`stranded`: apps that did not come to their end within FINISHED_WITHIN_S of the last restart;
    `unfinished`: sessions with four answers that had no result by then.
    """

    kills: int
    seconds: float
    ledger: Ledger
    findings: Findings
    stranded: int
    unfinished: int
    finished_after_s: float
    left_over: int


async def play(plan: Plan, settings: Settings, sim: OpenRouterSim, folder: Path) -> Report:
    """The killing, the last journeys' end, and the audit."""
    rng = random.Random(plan.seed)
    engine = create_engine(psycopg2_url(settings.database_dsn() or ""), pool_size=2)
    ledger = Ledger()
    began = time.monotonic()
    async with AsyncExitStack() as stack:
        house = await stack.enter_async_context(House(settings, folder, plan.servers))
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
        client = await stack.enter_async_context(httpx.AsyncClient(timeout=60, limits=limits))
        stop = asyncio.Event()

        async def keep_travelling(seed: int) -> None:
            own = random.Random(seed)
            traveller = Traveller(client, house.bases, settings, ledger, own)
            while not stop.is_set():
                await traveller.journey(await asyncio.to_thread(add_user, engine))

        async with asyncio.TaskGroup() as group:
            apps = [
                group.create_task(keep_travelling(rng.getrandbits(32)))
                for _ in range(plan.journeys_at_once)
            ]
            kills = await kill_again_and_again(plan, house, sim, rng)
            stop.set()
            restarted = time.monotonic()
            stranded = await arrive(apps)
        late = await finish(engine, restarted + FINISHED_WITHIN_S)
        finished_after = time.monotonic() - restarted
        findings = audit(engine, ledger.promises)
        left = left_over(engine)
    engine.dispose()
    seconds = restarted - began
    return Report(kills, seconds, ledger, findings, stranded, late, finished_after, left)


async def arrive(apps: Collection[asyncio.Task[None]]) -> int:
    """Let the last journeys end; how many did not, and were told to."""
    _, stranded = await asyncio.wait(apps, timeout=FINISHED_WITHIN_S)
    for app in stranded:
        app.cancel()
    return len(stranded)


async def finish(engine: Engine, deadline: float) -> int:
    """Wait until every session with four answers has a result; how many have none at the end."""
    while (left := unfinished(engine)) and time.monotonic() < deadline:  # noqa: ASYNC110 - it lies in the database
        await asyncio.sleep(0.1)
    return left


async def kill_again_and_again(
    plan: Plan, house: House, sim: OpenRouterSim, rng: random.Random
) -> int:
    """Each server by itself; half of the kills wait for the model to be asked. How many."""
    await asyncio.gather(*(house.wait_ready(place) for place in range(plan.servers)))
    deadline = time.monotonic() + plan.seconds
    count = 0

    async def haunt(place: int) -> None:
        nonlocal count
        while True:
            await house.wait_ready(place)
            if count >= plan.kills or time.monotonic() > deadline:
                return
            if rng.random() < 0.5:
                await asyncio.to_thread(sim.wait_calls, len(sim.calls) + 1, LIFE_S[1])
                await asyncio.sleep(rng.uniform(0, 2 * sim.latency))
            else:
                await asyncio.sleep(rng.uniform(*LIFE_S))
            victims = range(plan.servers) if rng.random() < BOTH else [place]
            for victim in victims:
                count += await house.restart(victim)

    await asyncio.gather(*(haunt(place) for place in range(plan.servers)))
    return count
