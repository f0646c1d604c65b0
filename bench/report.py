"""The last whole run, for machines (JSON) and for people (docs/performance.md)."""

import json
from collections.abc import Iterable
from typing import Any

from bench.workers import line_of
from tests.support.databases import ROOT

RESULTS = ROOT / "bench" / "results" / "performance.json"
PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- the last run -->", "<!-- end of the last run -->"
HEAD = (
    "| limits in | route | CPU µs | F2 | F1a | over F2 (spread) | aim | over F1a | statements"
    " | trips | p50 / p99 ms | PostgreSQL µs |\n|" + "---|" * 12
)


def write(found: dict[str, Any]) -> None:
    """Put the run in the place of the one before."""
    RESULTS.write_text(json.dumps(found, indent=1) + "\n")
    page = PAGE.read_text()
    start, end = page.index(BEGIN) + len(BEGIN), page.index(END)
    PAGE.write_text(page[:start] + "\n" + "\n".join(tables(found)) + "\n" + page[end:])


def tables(found: dict[str, Any]) -> Iterable[str]:
    machine = found["machine"]
    libraries = ", ".join(
        f"{name} {value}" for name, value in machine.items() if "." in str(value)[:4]
    )
    yield (
        f"{machine['processor']}, {machine['cores']} cores, load average"
        f" {machine['load_average'][0]} at the start. {libraries}."
        f" Medians of {found['repeat']}.\n"
    )
    yield HEAD
    yield from (_route_line(row) for row in found["routes"])
    yield "\n| people at once | texts | all done, s | aim | refused | CPU ms | live p99, ms |"
    yield "|---|---|---|---|---|---|---|"
    for row in found["finalize"]:
        yield (
            f"| {row['people']} | {row['texts']} | {row['wall_s']:.2f} | {row['aim_s']:.2f}"
            f" | {row['refused']:.0f} | {row['cpu_ms']:.1f} | {row['live_p99_ms']:.0f} |"
        )
    yield f"\n{line_of(found['workers'])}"


def _route_line(row: dict[str, Any]) -> str:
    real, ratio = row["real"], row["over_f2"]
    aim = row["target"][0 if row["limiter"] == "memory" else 1]
    return (
        f"| {row['limiter']} | {row['route']} | {real['cpu_us']:.0f} | {row['two']['cpu_us']:.0f}"
        f" | {row['one']['cpu_us']:.0f} | {ratio['median']:.2f}"
        f" ({ratio['min']:.2f}-{ratio['max']:.2f}) | {aim or '-'} | {row['over_f1a']['median']:.2f}"
        f" | {real['statements']:.1f} | {real['round_trips']:.1f}"
        f" | {real['p50_ms']:.1f} / {real['p99_ms']:.1f} | {real['postgres_us']:.0f} |"
    )
