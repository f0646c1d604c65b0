"""`make chaos`: at least 500 kills, bounded in time; exits 1 when anything was lost or doubled."""

import argparse
import asyncio
import os
import sys
import tempfile
from pathlib import Path

from app.core.embedded import EmbeddedPostgres
from app.core.settings import AppEnv, Settings
from tests.chaos.harness import FINISHED_WITHIN_S, Plan, Report, play
from tests.support.databases import ROOT, copy_of, template_of
from tests.support.model_answers import answer_well
from tests.support.openrouter_sim import OpenRouterSim

DATA = ROOT / ".data" / "chaos"
SECRET = "8c1f0a2b4d6e5970a1b2c3d4e5f60718"
LATENCY_S = 0.15


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=1800, help="bound of the killing")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    DATA.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        EmbeddedPostgres.lease(data_dir=DATA, database="tests", durable=False) as cluster,
        copy_of(cluster.dsn, template_of(cluster.dsn, DATA), f"chaos_{os.getpid()}") as dsn,
        OpenRouterSim(latency=LATENCY_S) as sim,
    ):
        answer_well(sim)
        plan = Plan(options.kills, options.seconds, seed=options.seed)
        report = asyncio.run(play(plan, settings_of(dsn, sim.base_url), sim, Path(folder)))
    print(told(report))
    return 0 if is_clean(report) else 1


def settings_of(dsn: str, base_url: str, **changes: object) -> Settings:
    """As in production, but for the limits and the model."""
    limits = [name for name in Settings.model_fields if name.startswith("rate_limit_")]
    values: dict[str, object] = {
        "app_env": AppEnv.LOCAL,
        "database_url": dsn,
        "jwt_secret": SECRET,
        "openrouter_api_key": "sim-key",
        "openrouter_base_url": base_url,
        "openrouter_model": "sim/model",
        **dict.fromkeys(limits, "1000000/hour"),
        **changes,
    }
    return Settings(_env_file=None, **values)  # type: ignore[arg-type]


def is_clean(report: Report) -> bool:
    wrong = [*report.findings.lost, *report.findings.doubled, *report.ledger.server_errors]
    return not wrong and not report.stranded and not report.unfinished


def told(report: Report) -> str:
    ledger, findings = report.ledger, report.findings
    details = [*findings.lost, *findings.doubled, *ledger.server_errors][:20]
    lines = [
        f"kills                {report.kills} in {report.seconds:.0f} s",
        f"journeys             {len(ledger.promises)}, completed {findings.completed}",
        f"requests             {ledger.requests}, broken off {ledger.broken_off}",
        f"acknowledged         {findings.answers}",
        f"lost                 {len(findings.lost)}",
        f"doubled              {len(findings.doubled)}",
        f"server errors        {len(ledger.server_errors)}",
        f"stranded             {report.stranded} apps",
        f"unfinished           {report.unfinished} after {report.finished_after_s:.1f} s"
        f" (bound {FINISHED_WITHIN_S:.0f} s after the last restart)",
        f"left in the tables   {report.left_over} jobs and leases",
        f"bound (95 %)         at most {3 / max(report.kills, 1):.4f} losses a kill (3/N)",
        *details,
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
