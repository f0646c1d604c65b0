"""A server that is told to stop loses no attempt: two workers, one table."""

from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine

from tests.conftest import MakeSettings
from tests.model_usage.rows import reported, stored
from tests.support import sim_faults as faults
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.player import Player, add_user
from tests.support.server_process import server_process

MODEL = "sim/of-two-workers"


@pytest.mark.slow
async def test_two_workers_and_sigterm(
    make_settings: MakeSettings, engine: Engine, sim: OpenRouterSim, tmp_path: Path
) -> None:
    settings = make_settings(openrouter_model=MODEL)
    sim.script("ikigai_content", faults.prose_only)
    sim.script("ikigai_scoring", faults.status(502))
    with server_process(settings, tmp_path, workers=2) as base_url:
        for _ in range(4):
            async with httpx.AsyncClient(base_url=base_url, timeout=30) as client:
                player = Player(client, settings, add_user(engine))
                await player.answer_all(await player.reach_ikigai())
    assert len(sim.calls) > 20
    assert stored(engine, MODEL) == reported(sim.calls)
