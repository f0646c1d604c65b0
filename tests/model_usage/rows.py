"""The table as ops read it, and the simulator's own count of the same."""

import json
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from sqlalchemy import Engine, text

from tests.support.sim_http import Call

# By (purpose, model): attempts, prompt tokens, completion tokens, cost.
Counts = dict[tuple[str, str], tuple[int, int, int, Decimal]]


def stored(engine: Engine, like: str) -> Counts:
    """What the table holds of the models whose name is like this."""
    found = text(
        "SELECT purpose, model, sum(attempts), sum(prompt_tokens), sum(completion_tokens),"
        " sum(cost) FROM model_usage_daily WHERE model LIKE :like GROUP BY purpose, model"
    )
    with engine.connect() as connection:
        rows = connection.execute(found, {"like": like}).all()
    return {(row[0], row[1]): (int(row[2]), int(row[3]), int(row[4]), row[5]) for row in rows}


def failures(engine: Engine, like: str) -> int:
    found = text("SELECT coalesce(sum(failures), 0) FROM model_usage_daily WHERE model LIKE :like")
    with engine.connect() as connection:
        return int(connection.scalar(found, {"like": like}) or 0)


def reported(calls: Iterable[Call]) -> Counts:
    """What the simulator has answered, from the text of its own JSON."""
    counts: Counts = {}
    for call in calls:
        usage: dict[str, Any] = call.reported.get("usage") or {}
        key = (call.purpose, call.reported.get("model") or call.body["model"])
        attempts, prompt, completion, cost = counts.get(key, (0, 0, 0, Decimal(0)))
        counts[key] = (
            attempts + 1,
            prompt + usage.get("prompt_tokens", 0),
            completion + usage.get("completion_tokens", 0),
            cost + Decimal(json.dumps(usage.get("cost", 0))),
        )
    return counts
