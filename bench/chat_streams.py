"""Many answers of the chat at once: what the service adds to each token, and its CPU.

    python -m bench.chat_streams [--full] [--streams 200] [--rate 20] [--tokens 200] [--repeat 3]

The answers begin at random moments of `--within` seconds, always the same ones, so that no two
speak in step. Each token of the simulator, a process of its own, says when it was sent; its delay
is the time until the chat's service has it, through the whole gateway and the chain of models
(keys, breaker, slots, ledger, metrics, interim). CPU is the client's, by token; the lag is that of
its event loop, asked every 10 ms.

`--full`: until it has arrived at a client of the server, a third process: login, limits, the
turn's rows and prompt, the guard against recitals, server-sent events. `open_*` are the tokens that
were sent while all answers were under way, none beginning and none ending: what a token costs. All
others share the time with beginnings and ends, of which there are as many as answers.
`reader_late`, `model_late`: how late the client read and the simulator sent; neither is in a delay.
The lag is then what /health/live takes, memory that of the server.
"""

import argparse
import asyncio
import gc
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path
from random import Random
from typing import Any, Self
from uuid import uuid4

from limits import parse

from app.chat.advisor.advisor import Advisor, AdvisorConfig, ChatTurn, UserTier
from app.chat.advisor.spent import Spent
from app.core.clock import utc_now
from app.core.rate_limits import Limit, RateLimiter
from app.llm.ledger import UsageLedger
from app.llm.measured import MeasuredModel
from app.llm.openrouter import OpenRouterConfig, OpenRouterModel
from app.llm.port import Delta, Message
from bench.chat_stage import ChatStage, Person, chat_stage, quantile
from bench.machine import sides
from bench.stream_reader import StreamReader, Token
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
    """Serve until stdin ends; the first line on stdout is the base URL, the last its lateness."""
    late: list[float] = []
    with OpenRouterSim() as sim:
        sim.always(None, stamped(tokens, 1 / rate, late))
        print(sim.base_url, flush=True)
        sys.stdin.read()
    print(1000 * quantile(late, 0.99))


class Simulator:
    """The simulator in a process of its own; `late_p99_ms` is known when the block has ended."""

    def __init__(self, tokens: int, rate: float) -> None:
        options = ["--tokens", str(tokens), "--rate", str(rate)]
        self._command = [sys.executable, "-m", "bench.chat_streams", "--simulate", *options]
        self.late_p99_ms = 0.0

    def __enter__(self) -> Self:
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(self._command, stdin=pipe, stdout=pipe, text=True)
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()
        return self

    def __exit__(self, *_: object) -> None:
        self.late_p99_ms = float(self._process.communicate()[0])


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
    async for item in advisor.answer(turn, Spent()):
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


async def measure(url: str, begin: list[float]) -> Row:
    advisor, model = an_advisor(url)
    delays: list[float] = []
    firsts: list[float] = []
    lags: list[float] = []
    watching = asyncio.create_task(watch(lags))
    cpu, wall = time.process_time(), time.perf_counter()
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


class Crowd:
    """All who read, and what they heard; `opened` and `closing` bound the time in which every
    answer was under way, each with the CPU that the server had used by then.
    """

    def __init__(self, stage: ChatStage, size: int) -> None:
        self.heard: list[Token] = []
        self.firsts: list[Token] = []
        self.reads = 0
        self.opened = self.closing = (0.0, 0.0)
        self._stage = stage
        self._size = size

    async def follow(self, person: Person, begins_after_s: float) -> None:
        await asyncio.sleep(begins_after_s)
        is_first = True

        def hear(tokens: list[Token]) -> None:
            nonlocal is_first
            if is_first:
                is_first = False
                self._begun(tokens[0])
            self.heard += tokens
            self.reads += 1

        await StreamReader(self._stage.port, hear).read(self._stage.request(person))
        if self.closing == (0.0, 0.0):
            self.closing = (time.monotonic(), self._stage.cpu_s())

    def _begun(self, first: Token) -> None:
        self.firsts.append(first)
        if len(self.firsts) == self._size:
            self.opened = (time.monotonic(), self._stage.cpu_s())

    def row(self) -> Row:
        delays = [token.arrived - token.sent for token in self.heard]
        firsts = [token.arrived - token.sent for token in self.firsts]
        late = [token.read - token.arrived for token in self.heard]
        return {
            **delays_of(delays, firsts),
            "tokens_a_read": len(self.heard) / self.reads,
            "reader_late_p99_ms": 1000 * quantile(late, 0.99),
            **self._while_all_were_open(),
        }

    def _while_all_were_open(self) -> Row:
        (opened, cpu_before), (closing, cpu_after) = self.opened, self.closing
        tokens = [token for token in self.heard if opened <= token.read <= closing]
        if not tokens:
            return {}
        delays = [token.arrived - token.sent for token in tokens]
        return {
            "open_s": closing - opened,
            "open_cpu_us_per_token": 1e6 * (cpu_after - cpu_before) / len(tokens),
            "open_delay_p50_ms": 1000 * quantile(delays, 0.5),
            "open_delay_p99_ms": 1000 * quantile(delays, 0.99),
        }


async def measure_full(stage: ChatStage, begin: list[float]) -> Row:
    people = stage.people(len(begin))
    crowd = Crowd(stage, len(begin))
    probes: list[float] = []
    before_mb = stage.memory_mb()
    probing = asyncio.create_task(stage.probe(probes))
    cpu, wall = stage.cpu_s(), time.perf_counter()
    await asyncio.gather(*map(crowd.follow, people, begin))
    cpu, wall = stage.cpu_s() - cpu, time.perf_counter() - wall
    probing.cancel()
    return {
        "tokens": len(crowd.heard),
        "wall_s": wall,
        "cpu_share": cpu / wall,
        "cpu_us_per_token": 1e6 * cpu / len(crowd.heard),
        **crowd.row(),
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
    parser.add_argument("--within", type=float, default=1.0, help="seconds in which all begin")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--simulate", action="store_true", help="internal: the other process")
    options = parser.parse_args()
    gc.disable()  # a collection stops client or model for 0.1 s, and what comes then comes together
    if options.simulate:
        simulate(options.tokens, options.rate)
        return
    rows = [one_round(options) for _ in range(options.repeat)]
    machine = (
        f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} cores"
    )
    print(f"{machine}; {options.streams} streams at {options.rate:g} tokens/s; median (range)")
    for name in rows[0]:
        values = [row[name] for row in rows]
        middle = statistics.median(values)
        print(f"{name:22} {middle:10.2f} ({min(values):.2f}-{max(values):.2f})")
    if options.json:
        result: dict[str, Any] = {"machine": machine, "streams": options.streams, "rows": rows}
        options.json.write_text(json.dumps(result, indent=1) + "\n")


def one_round(options: argparse.Namespace) -> Row:
    import uvloop  # the server's event loop

    measured_side, beside = sides()
    os.sched_setaffinity(0, beside)
    chance = Random(0)
    begin = [chance.uniform(0, options.within) for _ in range(options.streams)]
    with Simulator(options.tokens, options.rate) as simulator:
        if options.full:
            with chat_stage(simulator.url, **PATIENT) as stage:
                row = uvloop.run(measure_full(stage, begin))
        else:
            os.sched_setaffinity(0, measured_side)
            row = uvloop.run(measure(simulator.url, begin))
    return {**row, "model_late_p99_ms": simulator.late_p99_ms}


if __name__ == "__main__":
    main()
