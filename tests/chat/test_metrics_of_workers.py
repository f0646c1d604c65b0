"""The figures of a chat, played against two worker processes."""

import asyncio
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine, text

from app.chat.gauges.repository import count_conversations
from app.chat.gauges.service import GaugeService
from app.core.clock import utc_now
from app.core.database import Database
from app.core.settings import Settings
from tests.chat.chatter import Chatter
from tests.support import sim_faults as faults
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.player import add_user
from tests.support.scrape import Scrape
from tests.support.server_process import server_process
from tests.support.sim_chat import DONE, by_model, chunk, events, usage_event

FREE = "sim/first:free"
TURNS = 12  # each over a connection of its own: both workers answer some
CHECK = text("SELECT count(*) FROM chat.conversations WHERE status = 'active'")


async def a_turn(base_url: str, settings: Settings, engine: Engine) -> dict[str, int]:
    """A message of a new user; what the answer took."""
    async with httpx.AsyncClient(base_url=base_url, timeout=30) as client:
        chatter = Chatter(client, settings, add_user(engine))
        path = f"/conversations/{await chatter.create()}/messages"
        found = (await chatter.ok("POST", path, {"content": "Apa kekuatanku?"}))["usage"]
        return dict(found)


async def scraped(base_url: str) -> Scrape:
    async with httpx.AsyncClient(base_url=base_url, timeout=30) as client:
        return Scrape((await client.get("/metrics")).text)


@pytest.mark.slow
async def test_the_figures_of_a_chat_move(
    settings: Settings, sim: OpenRouterSim, engine: Engine, tmp_path: Path
) -> None:
    playing = settings.model_copy(
        update={"default_model": FREE, "fallback_model": "sim/second:free"}
    )
    said = (chunk("Kamu teliti.", model=FREE), chunk("", "stop", model=FREE))
    speaks = events("speaks", *said, usage_event(), DONE)
    sim.always("chat", by_model({FREE: speaks}, faults.status(503)))
    with server_process(playing, tmp_path, workers=2) as base_url:
        used = [await a_turn(base_url, playing, engine) for _ in range(TURNS)]
        sim.always("chat", faults.status(503))
        async with httpx.AsyncClient(base_url=base_url, timeout=30) as client:
            chatter = Chatter(client, playing, add_user(engine))
            path = f"/conversations/{await chatter.create()}/messages"
            refused = await chatter.send("POST", path, {"content": "Halo"})
        assert refused.status_code == 503
        database = Database(settings, str(settings.database_dsn()))
        await GaugeService(database, utc_now).measure(count_conversations)
        database.close()
        found = await asyncio.gather(*(scraped(base_url) for _ in range(4)))
    with engine.connect() as connection:
        active = connection.execute(CHECK).scalar_one()
    for scrape in found:  # whichever worker answered
        assert scrape.value("openrouter_requests_total", model=FREE, status="success") == TURNS
        assert scrape.value("free_model_requests_total", model=FREE, success="true") == TURNS
        assert scrape.value("free_model_requests_total", model=FREE, success="false") == 1
        assert scrape.value("free_model_errors_total", model=FREE) == 1
        assert scrape.value("chat_answers_total", outcome="whole") == TURNS
        assert scrape.value("chat_answers_total", outcome="unavailable") == 1
        assert scrape.value("free_model_response_time_seconds_count", model=FREE) == TURNS + 1
        for kind in ("prompt", "completion"):
            tokens = sum(usage[f"{kind}_tokens"] for usage in used)
            assert scrape.value("token_usage_total", model=FREE, type=kind) == tokens > 0
        assert scrape.value("conversations_active_total") == active >= TURNS
