"""What 1,000 journeys cost at the model: narratives by session (before) and by profession (after).

    python -m bench.journey_economics [--journeys 1000] [--at-once 64] [--json FILE]

Every journey is played whole through the application (its HTTP interface without the socket) on
a real PostgreSQL with the demo catalogue; the model is the simulator, over HTTP. With a
redis-server on the machine two instances of the application share it, and users alternate
between them; without one there is one instance. The answers to the interest test are drawn with
a fixed seed, so that both runs see the same people. Tokens are the simulator's: characters / 3.5.
"""

import argparse
import asyncio
import json
import math
import os
import platform
import random
import shutil
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx
from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine, create_engine, text

from app.career_profile.ikigai.content_writer import OptionText
from app.career_profile.ikigai.narrative_cache import NarrativeCache
from app.core.database import psycopg2_url
from app.core.embedded import EmbeddedPostgres
from app.core.logging import configure_logging
from app.core.settings import AppEnv, Settings
from app.main import create_app
from app.professions.context import ContentContext
from tests.support.databases import ROOT, copy_of, template_of
from tests.support.model_answers import asked_ids, good_content, good_narrative, scoring
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.player import Player, add_user, letter_of
from tests.support.redis_server import RedisServer

CONTENT, SCORING, NARRATIVE = "ikigai_content", "ikigai_scoring", "recommendation_narrative"
CHARS_PER_TOKEN = 3.5
LATENCY_S = 0.2
SEED = 20_261_120
Body = dict[str, Any]


class BySession(NarrativeCache):
    """As before there was a cache per profession: every session asks for all its options."""

    async def find(self, professions: Sequence[ContentContext]) -> dict[int, OptionText]:
        return {}

    async def find_or_write(self, professions: Sequence[ContentContext]) -> dict[int, OptionText]:
        return await self._writer.write(professions)


@dataclass(slots=True)
class Use:
    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0


@dataclass(slots=True)
class Run:
    """What the simulator was asked for, and what the users got."""

    uses: dict[str, Use] = field(default_factory=lambda: defaultdict(Use))
    narratives: Counter[int] = field(default_factory=Counter)
    shown: set[int] = field(default_factory=set)
    sources: Counter[str] = field(default_factory=Counter)
    completed: int = 0
    seconds: float = 0.0

    def count(self, purpose: str, body: Body, answer: object) -> None:
        asked = sum(len(message["content"]) for message in body["messages"])
        use = self.uses[purpose]
        use.calls += 1
        use.prompt_tokens += math.ceil(asked / CHARS_PER_TOKEN)
        made = json.dumps(answer, ensure_ascii=False)
        use.completion_tokens += math.ceil(len(made) / CHARS_PER_TOKEN)
        if purpose == CONTENT:
            self.narratives.update(asked_ids(body))

    def as_json(self) -> Body:
        return {
            "purposes": {
                purpose: {
                    "calls": use.calls,
                    "prompt_tokens": use.prompt_tokens,
                    "completion_tokens": use.completion_tokens,
                }
                for purpose, use in sorted(self.uses.items())
            },
            "narrative_generations": self.narratives.total(),
            "most_generations_of_one_profession": max(self.narratives.values()),
            "professions_shown": len(self.shown),
            "options_by_source": dict(self.sources),
            "journeys_completed": self.completed,
            "seconds": round(self.seconds, 1),
        }


def script(sim: OpenRouterSim, run: Run) -> None:
    """A good model that writes down what it is asked for."""
    answers: Mapping[str, Callable[[Body], object]] = {
        CONTENT: good_content,
        SCORING: scoring(
            lambda _dimension, name: {"k": 0.3 + len(name) % 7 / 10, "s": 0.6, "b": 0.5}
        ),
        NARRATIVE: good_narrative,
    }

    def counted(purpose: str) -> Callable[[Body], object]:
        def answer(body: Body) -> object:
            made = answers[purpose](body)
            run.count(purpose, body, made)
            return made

        return answer

    for purpose in answers:
        sim.answer(purpose, counted(purpose))


def answer_sheet(started: Body, rng: random.Random) -> Body:
    """One person's answers: a leaning for each letter, and some scatter around it."""
    leaning = {letter: rng.uniform(1, 5) for letter in "RIASEC"}

    def value(question_id: int) -> int:
        return min(5, max(1, round(rng.gauss(leaning[letter_of(question_id)], 0.7))))

    return {
        "session_token": started["session_token"],
        "responses": [
            {"question_id": qid, "answer_value": value(qid)} for qid in started["question_ids"]
        ],
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


@asynccontextmanager
async def clients(settings: Settings, count: int) -> AsyncIterator[list[httpx.AsyncClient]]:
    """Clients of so many instances of the application."""
    async with AsyncExitStack() as stack:
        found = []
        for _ in range(count):
            app = create_app(settings)
            await stack.enter_async_context(app.router.lifespan_context(app))
            transport = httpx.ASGITransport(app=app)
            client = httpx.AsyncClient(transport=transport, base_url="http://bench", timeout=120)
            found.append(await stack.enter_async_context(client))
        yield found


async def play_all(
    settings: Settings, engine: Engine, instances: int, journeys: int, at_once: int, run: Run
) -> None:
    slots = asyncio.Semaphore(at_once)
    users = [add_user(engine) for _ in range(journeys)]
    async with clients(settings, instances) as found:

        async def one(number: int) -> None:
            async with slots:
                player = Player(found[number % instances], settings, users[number])
                await play(player, random.Random(SEED + number), run)

        started = time.perf_counter()
        await asyncio.gather(*(one(number) for number in range(journeys)))
        run.seconds = time.perf_counter() - started


@contextmanager
def redis_url() -> Iterator[str | None]:
    if shutil.which("redis-server") is None:
        yield None
        return
    with tempfile.TemporaryDirectory() as folder, RedisServer(Path(folder)) as server:
        yield server.url


def measure(dsn: str, journeys: int, at_once: int, *, by_profession: bool) -> tuple[Run, int, int]:
    """A run from an empty cache; with the size of the catalogue and the number of instances."""
    run = Run()
    engine = create_engine(psycopg2_url(dsn))
    with ExitStack() as stack:
        sim = stack.enter_context(OpenRouterSim(latency=LATENCY_S))
        redis = stack.enter_context(redis_url())
        script(sim, run)
        if not by_profession:
            stack.enter_context(patch("app.main.NarrativeCache", BySession))
        instances = 1 if redis is None else 2
        settings = settings_of(dsn, sim.base_url, redis)
        asyncio.run(play_all(settings, engine, instances, journeys, at_once, run))
    with engine.connect() as connection:
        catalogue = int(connection.scalar(text("SELECT count(*) FROM professions")) or 0)
    engine.dispose()
    return run, catalogue, instances


def settings_of(dsn: str, model_url: str, redis: str | None) -> Settings:
    limits = [name for name in Settings.model_fields if name.startswith("rate_limit_")]
    values: Body = {
        "app_env": AppEnv.LOCAL,
        "database_url": dsn,
        "db_pool_timeout_s": 30.0,
        "redis_url": redis,
        "jwt_secret": "b9f1c0d2e3a4958677665544332211ff",
        "openrouter_api_key": "sim-key",
        "openrouter_base_url": model_url,
        "openrouter_model": "sim/model",
        "log_level": "ERROR",
        **dict.fromkeys(limits, "1000000/hour"),
    }
    return Settings(_env_file=None, **values)


def table_of(before: Run, after: Run, journeys: int) -> Table:
    table = Table(title=f"Model use of {journeys:,} journeys", title_justify="left")
    table.add_column("")
    for column in ("calls before", "after", "tokens before", "after"):
        table.add_column(column, justify="right")
    rows = {p: (before.uses[p], after.uses[p]) for p in (CONTENT, SCORING, NARRATIVE)}
    rows["all"] = (_sum(before), _sum(after))
    for name, (first, second) in rows.items():
        table.add_row(
            name,
            f"{first.calls:,}",
            f"{second.calls:,}",
            f"{first.prompt_tokens + first.completion_tokens:,}",
            f"{second.prompt_tokens + second.completion_tokens:,}",
        )
    table.add_row(
        "narratives written", f"{before.narratives.total():,}", f"{after.narratives.total():,}"
    )
    return table


def _sum(run: Run) -> Use:
    uses = run.uses.values()
    return Use(
        sum(use.calls for use in uses),
        sum(use.prompt_tokens for use in uses),
        sum(use.completion_tokens for use in uses),
    )


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
                runs[name], catalogue, instances = measure(
                    dsn, options.journeys, options.at_once, by_profession=name == "after"
                )
    report = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "journeys": options.journeys,
        "at_once": options.at_once,
        "instances": instances,
        "catalogue": catalogue,
        **{name: run.as_json() for name, run in runs.items()},
    }
    console = Console()
    console.print(table_of(runs["before"], runs["after"], options.journeys))
    console.print(f"{catalogue} professions; {instances} instance(s) of the application")
    if options.json:
        options.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
