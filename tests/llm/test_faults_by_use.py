"""Every fault x every use of the model ends in a typed outcome, in time, within its attempts."""

import asyncio
import time

import pytest
from sqlalchemy import Engine

from app.core.clock import utc_now
from app.core.database import Database
from app.core.security import Principal
from app.core.settings import Settings
from app.language_model import build_model, measured
from app.llm.ledger import UsageLedger
from app.main import create_app
from tests.conftest import MakeClient, MakeSettings
from tests.llm.faults_by_use import ROWS, Row, table
from tests.llm.uses import Use, Uses
from tests.support.databases import ROOT
from tests.support.model_answers import answer_well
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.player import Player, add_user

AT_ONCE = 4  # faults; four uses each
LATE_S = 0.25
SHORT = {
    f"llm_{use}_{what}": seconds
    for use in ("content", "scoring", "narrative", "personality")
    for what, seconds in (("deadline_s", 1.5), ("attempt_timeout_s", 0.5))
}


@pytest.fixture
async def uses(make_settings: MakeSettings, make_client: MakeClient, engine: Engine) -> Uses:
    """A user with a RIASEC result, and the settings of the test."""
    settings = make_settings(**SHORT, db_pool_timeout_s=10.0)
    client = await make_client(create_app(settings))
    player = Player(client, settings, add_user(engine))
    token = await player.reach_ikigai()
    dsn = settings.database_dsn()
    assert dsn is not None
    return Uses(settings, Database(settings, dsn), Principal(player.user_id), token)


class Findings:
    """What differs from the table, all of it."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.played = 0

    def expect(self, holds: bool, problem: str) -> None:
        if not holds:
            self.problems.append(problem)


async def play_row(row: Row, uses: Uses, findings: Findings) -> None:
    """The uses of one fault, at a simulator of their own; it starts and stops beside the loop."""
    sim = OpenRouterSim()
    await asyncio.to_thread(sim.__enter__)
    answer_well(sim)
    if row.fault is None:
        sim.refuse_connections()
    else:
        sim.always(None, row.fault)
    here = uses.settings.model_copy(update={"openrouter_base_url": sim.base_url})
    try:
        await asyncio.gather(*(play(row, use, here, sim, findings) for use in uses.all()))
    finally:
        await asyncio.to_thread(sim.__exit__, None, None, None)


async def play(
    row: Row, use: Use, settings: Settings, sim: OpenRouterSim, findings: Findings
) -> None:
    """One cell, with a model of its own."""
    ledger = UsageLedger(utc_now)
    model = measured(build_model(settings, ledger.record), settings)
    started = time.monotonic()
    outcome = await use.run(model)
    late = time.monotonic() - started - use.deadline_s
    await model.aclose()
    attempts = sum(counted.attempts for counted in ledger.take().values())
    cell, said = f"{row.what} x {use.name}", f"{outcome}, {attempts}"
    findings.expect(row.cells[use.name] == said, f"{cell}: {said}, not {row.cells[use.name]}")
    findings.expect(attempts <= use.most, f"{cell}: {attempts} attempts")
    arrived = sim.count(use.purpose)
    findings.expect(
        arrived == (attempts if row.fault else 0), f"{cell}: {arrived} at the simulator"
    )
    findings.expect(late < LATE_S, f"{cell}: {late:.3f} s after the deadline")
    findings.played += 1


@pytest.mark.slow
async def test_every_fault_and_every_use(uses: Uses) -> None:
    findings = Findings()
    turns = asyncio.Semaphore(AT_ONCE)

    async def in_turn(row: Row) -> None:
        async with turns:
            await play_row(row, uses, findings)

    started = time.monotonic()
    await asyncio.gather(*(in_turn(row) for row in ROWS))
    uses.database.close()
    assert not findings.problems, "\n".join(findings.problems)
    assert findings.played == 4 * len(ROWS) >= 4 * 30
    assert time.monotonic() - started < 40


def test_the_table_is_in_the_documentation() -> None:
    text = (ROOT / "docs" / "model-gateway.md").read_text(encoding="utf-8")
    assert "\n".join(table()) in text
