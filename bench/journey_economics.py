"""What 1,000 journeys cost at the model: narratives by session (before) and by profession (after).

    python -m bench.journey_economics [--journeys 1000] [--at-once 64] [--json FILE]

Every journey is played whole through the application (its HTTP interface without the socket) on
a real PostgreSQL with the demo catalogue; the model is the simulator, over HTTP. With a
redis-server on the machine two instances of the application share it, and users alternate
between them; without one there is one instance. People's leanings are drawn with a fixed seed, so
that both runs see the same people (their items differ: the service draws them for each session).
Tokens are the simulator's: characters / 3.5.
"""

import argparse
import asyncio
import json
import math
import os
import platform
import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from unittest.mock import patch

from rich.console import Console
from rich.table import Table
from sqlalchemy import create_engine, text

from app.career_profile.ikigai.content_writer import OptionText
from app.career_profile.ikigai.narrative_cache import NarrativeCache
from app.core.database import psycopg2_url
from app.core.embedded import EmbeddedPostgres
from app.core.logging import configure_logging
from app.professions.context import ContentContext
from bench.simulated_journeys import Body, answer_sheet, play_all, redis_url, settings_of
from tests.support.databases import ROOT, copy_of, template_of
from tests.support.model_answers import asked_ids, good_content, good_narrative, scoring
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.player import Player

CONTENT, SCORING, NARRATIVE = "ikigai_content", "ikigai_scoring", "recommendation_narrative"
CHARS_PER_TOKEN = 3.5
LATENCY_S = 0.2
Answerer = Callable[[Body], object]


class BySession(NarrativeCache):
    """As before there was a cache per profession: every session asks for all its options."""

    async def find(self, _: Sequence[ContentContext]) -> dict[int, OptionText]:
        return {}

    async def find_or_write(self, professions: Sequence[ContentContext]) -> dict[int, OptionText]:
        return await self._writer.write(professions)


@dataclass(slots=True)
class Use:
    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0


@dataclass(slots=True)
class Asked:
    """What the simulator was asked for."""

    uses: dict[str, Use] = field(default_factory=lambda: defaultdict(Use))
    narratives: Counter[int] = field(default_factory=Counter)

    def count(self, purpose: str, body: Body, answer: object) -> None:
        asked = sum(len(message["content"]) for message in body["messages"])
        use = self.uses[purpose]
        use.calls += 1
        use.prompt_tokens += math.ceil(asked / CHARS_PER_TOKEN)
        made = json.dumps(answer, ensure_ascii=False)
        use.completion_tokens += math.ceil(len(made) / CHARS_PER_TOKEN)
        if purpose == CONTENT:
            self.narratives.update(asked_ids(body))

    def total(self) -> Use:
        uses = self.uses.values()
        return Use(
            sum(use.calls for use in uses),
            sum(use.prompt_tokens for use in uses),
            sum(use.completion_tokens for use in uses),
        )


@dataclass(slots=True)
class Run:
    """What a run cost, and what the users got."""

    asked: Asked = field(default_factory=Asked)
    shown: set[int] = field(default_factory=set)
    sources: Counter[str] = field(default_factory=Counter)
    completed: int = 0
    seconds: float = 0.0
    catalogue: int = 0
    instances: int = 1

    def as_json(self) -> Body:
        return {
            "purposes": {
                purpose: {
                    "calls": use.calls,
                    "prompt_tokens": use.prompt_tokens,
                    "completion_tokens": use.completion_tokens,
                }
                for purpose, use in sorted(self.asked.uses.items())
            },
            "narrative_generations": self.asked.narratives.total(),
            "most_generations_of_one_profession": max(self.asked.narratives.values()),
            "professions_shown": len(self.shown),
            "options_by_source": dict(self.sources),
            "journeys_completed": self.completed,
            "seconds": round(self.seconds, 1),
        }


def simulate(pipe: Connection, latency_s: float) -> None:
    """The model, in a process of its own: tells its URL, and when told to end what it was asked."""
    asked = Asked()
    with OpenRouterSim(latency=latency_s) as sim:
        for purpose, answer in ANSWERS.items():
            sim.answer(purpose, partial(_counted, asked, purpose, answer))
        pipe.send(sim.base_url)
        pipe.recv()
    asked.uses = dict(asked.uses)
    pipe.send(asked)


def _counted(asked: Asked, purpose: str, answer: Answerer, body: Body) -> object:
    made = answer(body)
    asked.count(purpose, body, made)
    return made


def _judge(_: str, name: str) -> Mapping[str, object]:
    return {"k": 0.3 + len(name) % 7 / 10, "s": 0.6, "b": 0.5}


ANSWERS: Mapping[str, Answerer] = {
    CONTENT: good_content,
    SCORING: scoring(_judge),
    NARRATIVE: good_narrative,
}


async def play(player: Player, rng: random.Random, run: Run) -> None:
    """One journey from the first question to the two professions."""
    started = await player.start()
    token = started["session_token"]
    await player.ok_post("/riasec/submit", answer_sheet(started, rng))
    content = await player.ok_post("/ikigai/start", {"session_token": token})
    for option in content["candidates_with_content"]:
        run.shown.add(option["profession_id"])
        run.sources[option["content_source"]] += 1
    last = await player.answer_all(token)
    await player.ok_get(f"/result/recommendation/{token}")
    run.completed += last["status"] == "completed"


def measure(dsn: str, journeys: int, at_once: int, *, by_profession: bool) -> Run:
    """A run from an empty cache."""
    run = Run()
    engine = create_engine(psycopg2_url(dsn))
    with engine.connect() as connection:
        run.catalogue = int(connection.scalar(text("SELECT count(*) FROM professions")) or 0)
    ours, theirs = get_context("spawn").Pipe()
    model = get_context("spawn").Process(target=simulate, args=(theirs, LATENCY_S), daemon=True)
    model.start()
    with ExitStack() as stack:
        redis = stack.enter_context(redis_url())
        if not by_profession:
            stack.enter_context(patch("app.main.NarrativeCache", BySession))
        run.instances = 1 if redis is None else 2
        settings = settings_of(dsn, ours.recv(), redis)
        started = time.perf_counter()
        asyncio.run(
            play_all(
                settings,
                engine,
                partial(play, run=run),
                instances=run.instances,
                journeys=journeys,
                at_once=at_once,
            )
        )
        run.seconds = time.perf_counter() - started
    ours.send("end")
    run.asked = ours.recv()
    model.join()
    engine.dispose()
    return run


def table_of(before: Run, after: Run, journeys: int) -> Table:
    table = Table(title=f"Model use of {journeys:,} journeys", title_justify="left")
    table.add_column("")
    for column in ("calls before", "after", "tokens before", "after"):
        table.add_column(column, justify="right")
    rows = {p: (before.asked.uses[p], after.asked.uses[p]) for p in (CONTENT, SCORING, NARRATIVE)}
    rows["all"] = (before.asked.total(), after.asked.total())
    for name, (first, second) in rows.items():
        table.add_row(
            name,
            f"{first.calls:,}",
            f"{second.calls:,}",
            f"{first.prompt_tokens + first.completion_tokens:,}",
            f"{second.prompt_tokens + second.completion_tokens:,}",
        )
    written = [f"{run.asked.narratives.total():,}" for run in (before, after)]
    table.add_row("narratives written", *written)
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--journeys", type=int, default=1000)
    parser.add_argument("--at-once", type=int, default=64)
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    configure_logging("ERROR", json_lines=True)
    data_dir = ROOT / ".data" / "tests"
    data_dir.mkdir(parents=True, exist_ok=True)
    runs: dict[str, Run] = {}
    with EmbeddedPostgres.lease(data_dir=data_dir, database="tests", durable=False) as cluster:
        template = template_of(cluster.dsn, data_dir)
        for name in ("before", "after"):
            with copy_of(cluster.dsn, template, f"bench_{name}_{os.getpid()}") as dsn:
                runs[name] = measure(
                    dsn, options.journeys, options.at_once, by_profession=name == "after"
                )
    report = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "python": platform.python_version(),
        "journeys": options.journeys,
        "at_once": options.at_once,
        "instances": runs["after"].instances,
        "catalogue": runs["after"].catalogue,
        **{name: run.as_json() for name, run in runs.items()},
    }
    console = Console()
    console.print(table_of(runs["before"], runs["after"], options.journeys))
    console.print(
        f"{report['catalogue']} professions, {report['instances']} instance(s) of the application"
    )
    if options.json:
        options.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    if runs["after"].asked.narratives.total() > runs["after"].catalogue:
        raise SystemExit("more narratives were written than there are professions")


if __name__ == "__main__":
    main()
