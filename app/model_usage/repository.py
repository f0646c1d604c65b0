"""The one statement on the usage of the model."""

from dataclasses import asdict

from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert

from app.llm.ledger import UsageKey, UsageSums
from app.model_usage.models import ModelUsageDaily

SUMMED = ("attempts", "failures", "prompt_tokens", "completion_tokens", "cost")


def add_usage(connection: Connection, sums: UsageSums) -> None:
    """Add sums to the rows of their day, purpose and model; all of them in one statement.

    In the order of the keys: two processes that add to the same rows wait for one another
    instead of for ever.
    """
    rows = [{**asdict(key), **asdict(sums[key])} for key in sorted(sums, key=_order)]
    if not rows:
        return
    given = insert(ModelUsageDaily).values(rows)
    table = ModelUsageDaily.__table__.c
    connection.execute(
        given.on_conflict_do_update(
            index_elements=[table.day, table.purpose, table.model],
            set_={name: table[name] + given.excluded[name] for name in SUMMED},
        )
    )


def _order(key: UsageKey) -> tuple[str, str, str]:
    return key.day.isoformat(), key.purpose, key.model
