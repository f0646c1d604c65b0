"""Many answers of the chat at once: what the service adds to each token, and its CPU.

    python -m bench.chat_streams [--full] [--streams 200] [--rate 20] [--tokens 200] [--repeat 3]

Client and simulator are separate processes; the answers begin spread over a second. Each token of
the simulator says when it was sent; its delay is the time until the chat's service has it, through
the whole gateway and the chain of models (keys, breaker, slots, ledger, metrics, interim). CPU is
the client's, by token; the lag is that of its event loop, asked every 10 ms.

`--full`: until a client of the server, a third process, has read the event: login, limits, the
turn's rows and prompt, the guard against recitals, server-sent events. The lag is then what
/health/live takes, memory that of the server.
"""

import argparse
import asyncio
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

from limits import parse

from app.chat.advisor.advisor import Advisor, AdvisorConfig, ChatTurn, UserTier
from app.core.clock import utc_now
from app.core.rate_limits import Limit, RateLimiter
from app.llm.ledger import UsageLedger
from app.llm.measured import MeasuredModel
from app.llm.openrouter import OpenRouterConfig, OpenRouterModel
from app.llm.port import Delta, Message
from bench.chat_stage import ChatStage, Person, chat_stage, quantile
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.sim_chat import stamped

MODEL = "sim/chat:free"
# Patience for a simulator under load.
PATIENT = {
    "default_model": MODEL,
    "fallback_model": "sim/second:free",
    "chat_deadline_s": 120.0,
    "chat_first_token_s": 60.0,
    "chat_interim_after_s": 60.0,
}
Row = dict[str, float]


def simulate(tokens: int, rate: float) -> None:
    """Serve until stdin ends; the first line on stdout is the base URL."""
    with OpenRouterSim() as sim:
        sim.always(None, stamped(tokens, 1 / rate))
        print(sim.base_url, flush=True)
        sys.stdin.read()


class Simulator:
    """The simulator in a process of its own; the block gets its base URL."""

    def __init__(self, tokens: int, rate: float) -> None:
        options = ["--tokens", str(tokens), "--rate", str(rate)]
        self._command = [sys.executable, "-m", "bench.chat_streams", "--simulate", *options]

    def __enter__(self) -> str:
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(self._command, stdin=pipe, stdout=pipe, text=True)
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def __exit__(self, *_: object) -> None:
        self._process.communicate()


def an_advisor(url: str) -> tuple[Advisor, MeasuredModel]:
    """As the service has it, with patience for a simulator under load."""
    config = OpenRouterConfig(base_url=url, api_key="sim-key", models=(MODEL,))
    model = MeasuredModel(OpenRouterModel(config, observe=UsageLedger(utc_now).record), MODEL)
    chain = AdvisorConfig(
        models=(MODEL, "sim/second:free"),
        deadline_s=120.0,
        first_token_s=60.0,
        interim_after_s=60.0,
        max_tokens=1000,
        temperature=0.7,
    )
    return Advisor(model, chain, RateLimiter({Limit.FREE_MODEL: parse("9/second")}, None)), model


async def listen(
    advisor: Advisor, delays: list[float], firsts: list[float], begins_after_s: float
) -> None:
    """One answer; the delays of its tokens in seconds."""
    await asyncio.sleep(begins_after_s)
    question = (Message("user", "Apa langkah pertamaku? " * 100),)
    turn = ChatTurn(messages=question, facts=None, user_id=uuid4(), user_tier=UserTier.FREE)
    first = True
    async for item in advisor.answer(turn):
        if isinstance(item, Delta):
            now = time.monotonic()
            stamps = [now - float(stamp) for stamp in item.text.split()]
            delays += stamps
            if first:
                firsts.append(stamps[0])
            first = False


async def watch(lags: list[float]) -> None:
    while True:
        due = time.monotonic() + 0.01
        await asyncio.sleep(0.01)
        lags.append(time.monotonic() - due)


async def measure(url: str, streams: int) -> Row:
    advisor, model = an_advisor(url)
    delays: list[float] = []
    firsts: list[float] = []
    lags: list[float] = []
    watching = asyncio.create_task(watch(lags))
    cpu, wall = time.process_time(), time.perf_counter()
    begin = [number / streams for number in range(streams)]
    await asyncio.gather(*(listen(advisor, delays, firsts, at) for at in begin))
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    watching.cancel()
    await model.aclose()
    return {
        "tokens": len(delays),
        "wall_s": wall,
        "cpu_share": cpu / wall,
        "cpu_us_per_token": 1e6 * cpu / len(delays),
        **delays_of(delays, firsts),
        "lag_p99_ms": 1000 * quantile(lags, 0.99),
    }


async def follow(
    stage: ChatStage,
    person: Person,
    delays: list[float],
    firsts: list[float],
    begins_after_s: float,
) -> None:
    """As `listen`, over the server's own stream."""
    await asyncio.sleep(begins_after_s)
    first, name = True, ""
    async for name, data, now in stage.stream(person):
        if name == "message.delta":
            stamps = [now - float(stamp) for stamp in data["text"].split()]
            delays += stamps
            if first:
                firsts.append(stamps[0])
            first = False
    if name != "message.completed":
        raise RuntimeError(f"the stream ended with {name!r}")


async def measure_full(stage: ChatStage, streams: int) -> Row:
    people = stage.people(streams)
    delays: list[float] = []
    firsts: list[float] = []
    probes: list[float] = []
    before_mb = stage.memory_mb()
    probing = asyncio.create_task(stage.probe(probes))
    begin = [number / streams for number in range(streams)]
    cpu, wall = stage.cpu_s(), time.perf_counter()
    await asyncio.gather(
        *(
            follow(stage, person, delays, firsts, at)
            for person, at in zip(people, begin, strict=True)
        )
    )
    cpu, wall = stage.cpu_s() - cpu, time.perf_counter() - wall
    probing.cancel()
    return {
        "tokens": len(delays),
        "wall_s": wall,
        "cpu_share": cpu / wall,
        "cpu_us_per_token": 1e6 * cpu / len(delays),
        **delays_of(delays, firsts),
        "live_p99_ms": 1000 * quantile(probes, 0.99),
        "rss_before_mb": before_mb,
        "rss_after_mb": stage.memory_mb(),
    }


def delays_of(delays: list[float], firsts: list[float]) -> Row:
    return {
        "delay_p50_ms": 1000 * quantile(delays, 0.5),
        "delay_p99_ms": 1000 * quantile(delays, 0.99),
        "delay_max_ms": 1000 * max(delays),
        "first_p50_ms": 1000 * quantile(firsts, 0.5),
        "first_p99_ms": 1000 * quantile(firsts, 0.99),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="through a server process")
    parser.add_argument("--streams", type=int, default=200)
    parser.add_argument("--rate", type=float, default=20.0, help="tokens a second and stream")
    parser.add_argument("--tokens", type=int, default=200, help="of one answer")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--simulate", action="store_true", help="internal: the other process")
    options = parser.parse_args()
    if options.simulate:
        simulate(options.tokens, options.rate)
        return
    import uvloop  # the server's event loop

    rows: list[Row] = []
    for _ in range(options.repeat):
        with Simulator(options.tokens, options.rate) as url:
            if not options.full:
                rows.append(uvloop.run(measure(url, options.streams)))
                continue
            with chat_stage(url, **PATIENT) as stage:
                rows.append(uvloop.run(measure_full(stage, options.streams)))
    machine = (
        f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} cores"
    )
    print(f"{machine}; {options.streams} streams at {options.rate:g} tokens/s; median (range)")
    for name in rows[0]:
        values = [row[name] for row in rows]
        middle = statistics.median(values)
        print(f"{name:18} {middle:10.2f} ({min(values):.2f}-{max(values):.2f})")
    if options.json:
        result: dict[str, Any] = {"machine": machine, "streams": options.streams, "rows": rows}
        options.json.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
