"""The load of the chat's plan: 10 people, then 50, then none, each sending one message after the
other to a model that takes two seconds.

    python -m bench.chat_load [--stages 120 300 120] [--users 10 50 0] [--latency 2]

Users grow or shrink evenly over each stage, as in k6. Every answer must be 200 with an assistant
message in under 5 s: else the exit code is 1. Limits per user are raised by settings.
"""

import argparse
import asyncio
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import aiohttp
import uvloop

from bench.chat_stage import BODY, ChatStage, Person, chat_stage, quantile

WITHIN_S = 5.0
TICK_S = 0.1


@dataclass
class Seen:
    """Seconds that answers took, and what was wrong with the others."""

    took: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    probes: list[float] = field(default_factory=list)


class Simulator:
    """The model simulator in a process of its own; the block gets its base URL."""

    def __init__(self, latency_s: float) -> None:
        module = "tests.support.openrouter_sim"
        self._command = [sys.executable, "-m", module, "--latency", str(latency_s)]

    def __enter__(self) -> str:
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.communicate()


def wanted(at_s: float, stages: Sequence[float], users: Sequence[int]) -> int:
    """How many people there are at this time."""
    before = 0
    for length, target in zip(stages, users, strict=True):
        if at_s < length:
            return max(1, round(before + (target - before) * at_s / length))
        at_s, before = at_s - length, target
    return 0


async def converse(
    stage: ChatStage,
    session: aiohttp.ClientSession,
    person: Person,
    place: int,
    seen: Seen,
    still: "list[int]",
) -> None:
    """Sends while there are more people wanted than stand before this one."""
    while still[0] >= 0:
        if still[0] <= place:
            await asyncio.sleep(TICK_S)
            continue
        started = time.perf_counter()
        url = stage.base_url + person.path
        async with session.post(url, json=BODY, headers=person.headers) as response:
            body = await response.json()
        took = time.perf_counter() - started
        seen.took.append(took)
        if response.status != 200 or not body.get("assistant_message", {}).get("content"):
            seen.wrong.append(f"{response.status} {body.get('code')}")
        elif took >= WITHIN_S:
            seen.wrong.append(f"took {took:.1f} s")


async def load(stage: ChatStage, stages: Sequence[float], users: Sequence[int]) -> Seen:
    seen, still = Seen(), [1]
    people = stage.people(max(users))
    probing = asyncio.create_task(stage.probe(seen.probes))
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        talks = [
            asyncio.create_task(converse(stage, session, person, place, seen, still))
            for place, person in enumerate(people)
        ]
        started = time.monotonic()
        while (at_s := time.monotonic() - started) < sum(stages):
            still[0] = wanted(at_s, stages, users)
            await asyncio.sleep(TICK_S)
        still[0] = -1
        await asyncio.gather(*talks)
    probing.cancel()
    return seen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stages", type=float, nargs="+", default=[120, 300, 120], help="seconds")
    parser.add_argument("--users", type=int, nargs="+", default=[10, 50, 0], help="at their ends")
    parser.add_argument("--latency", type=float, default=2.0, help="of the model, in seconds")
    given = parser.parse_args()
    with Simulator(given.latency) as url, chat_stage(url) as stage:
        before_mb = stage.memory_mb()
        seen = uvloop.run(load(stage, given.stages, given.users))
        memory_mb = stage.memory_mb()
    print(
        f"{len(seen.took)} answers in {sum(given.stages):g} s, {len(seen.wrong)} wrong; seconds:"
        f" p50 {statistics.median(seen.took):.3f}  p99 {quantile(seen.took, 0.99):.3f}"
        f"  most {max(seen.took):.3f}"
    )
    print(
        f"/health/live p99 {1000 * quantile(seen.probes, 0.99):.1f} ms;"
        f" RSS {before_mb:.0f} -> {memory_mb:.0f} MB"
    )
    if seen.wrong:
        print("wrong:", *sorted(set(seen.wrong)))
        sys.exit(1)


if __name__ == "__main__":
    main()
