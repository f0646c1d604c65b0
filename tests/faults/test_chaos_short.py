"""The short form of `make chaos`: a few kills, nothing lost, nothing doubled, all finished."""

import os
from pathlib import Path

import pytest

from tests.chaos.__main__ import is_clean, settings_of, told
from tests.chaos.harness import Plan, play
from tests.support.databases import copy_of
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.working import QUICK

KILLS = 4
KILLING_S = 4.0


@pytest.mark.slow
async def test_nothing_lost(
    server_dsn: str, template: str, sim: OpenRouterSim, worker_id: str, tmp_path: Path
) -> None:
    sim.latency = 0.1
    with copy_of(server_dsn, template, f"chaos_{worker_id}_{os.getpid()}") as dsn:
        settings = settings_of(dsn, sim.base_url, **QUICK)
        plan = Plan(KILLS, KILLING_S, journeys_at_once=8, seed=7)
        report = await play(plan, settings, sim, tmp_path)
    assert is_clean(report), told(report)
    assert report.kills >= 1
    assert report.findings.completed >= 8
