"""ops/: the rules fire when they should, over metrics and labels that exist."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

import app.main  # noqa: F401 - every room registers its own
from app.core.metrics import REGISTRY

ROOT = Path(__file__).parents[2]
OPS = ROOT / "ops"
NAMES = re.compile(r"\b[a-z][a-z0-9_]*(?::[a-z0-9_:]+)?\b")
SELECTOR = re.compile(r"([a-z][a-z0-9_]*)\{([^}]*)\}")
# Words of the query language, and what Prometheus itself adds to a series.
WORDS = {
    *("sum", "rate", "increase", "by", "max", "count", "histogram_quantile", "and", "on"),
    *("le", "job", "instance", "up"),
}
TARGET_LABELS = {"instance", "job", "le"}


def series() -> dict[str, set[str]]:
    """Every series name of ours with its labels."""
    found: dict[str, set[str]] = {}
    for metric in REGISTRY._collector_to_names:
        labels = set(getattr(metric, "_labelnames", ()))
        for name in REGISTRY._collector_to_names[metric]:
            found[name] = labels
    return found


def rules() -> list[dict[str, Any]]:
    document = yaml.safe_load((OPS / "alerts.yml").read_text())
    return [rule for group in document["groups"] for rule in group["rules"]]


def dashboard() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((OPS / "grafana" / "kenali-diri.json").read_text())
    return found


def expressions() -> list[str]:
    shown = [
        target["expr"] for panel in dashboard()["panels"] for target in panel.get("targets", [])
    ]
    return [rule["expr"] for rule in rules()] + shown


def used_names(expression: str) -> set[str]:
    plain = re.sub(r"\"[^\"]*\"|\[[^\]]*\]|\$\w+", "", expression)
    plain = re.sub(r"\{[^}]*\}|(by|on|without)\s*\([^)]*\)", "", plain)
    return {name for name in NAMES.findall(plain) if name not in WORDS}


@pytest.mark.parametrize("expression", expressions())
def test_every_series_that_is_used_exists(expression: str) -> None:
    recorded = {rule["record"] for rule in rules() if "record" in rule}
    assert used_names(expression) <= set(series()) | recorded


@pytest.mark.parametrize("expression", expressions())
def test_every_label_that_is_used_exists(expression: str) -> None:
    known = series()
    for name, selectors in SELECTOR.findall(expression):
        labels = {part.split("=")[0].rstrip("!~") for part in re.findall(r"\w+[!=~]+", selectors)}
        assert labels <= known.get(name, set()) | TARGET_LABELS, name


def test_the_dashboard_shows_every_metric() -> None:
    shown = {name for expression in expressions() for name in used_names(expression)}
    families = {family.name for family in REGISTRY.collect()}
    unseen = {family for family in families if not any(name.startswith(family) for name in shown)}
    assert not unseen


def test_every_alert_has_its_section() -> None:
    sections = set(re.findall(r"^## (\w+)$", (ROOT / "docs/alerts.md").read_text(), re.MULTILINE))
    assert {rule["alert"] for rule in rules() if "alert" in rule} == sections


def test_panels_are_told_apart_and_ask_the_chosen_source() -> None:
    panels = dashboard()["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    charts = [panel for panel in panels if panel["type"] != "row"]
    assert all(panel["datasource"]["uid"] == "${datasource}" for panel in charts)


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "config", "--syntax-only", "prometheus.yml"],
        ["check", "rules", "--lint=all", "--lint-fatal", "alerts.yml"],
        ["test", "rules", "alerts_test.yml"],
    ],
    ids=" ".join,
)
def test_promtool_agrees(arguments: list[str]) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        assert not os.environ.get("CI"), "promtool is missing"
        pytest.skip("no promtool on this machine")
    done = subprocess.run(
        [promtool, *arguments], cwd=OPS, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_is_played() -> None:
    played = (OPS / "alerts_test.yml").read_text()
    for rule in rules():
        if "alert" in rule:
            assert f'alertname="{rule["alert"]}"' in played
