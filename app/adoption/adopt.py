"""Adopting tables that are there, whoever made them."""

from sqlalchemy import Connection, MetaData

from app.adoption.compare import compare
from app.adoption.expected import expected_of
from app.adoption.repository import (
    StoredRows,
    adopted_tables,
    carry_out,
    forget_adopted,
    inspect,
    record_adopted,
)
from app.adoption.shape import Plan


class NotAdoptable(Exception):
    """Tables that others made cannot serve as they are. Nothing was changed."""

    def __init__(self, obstacles: tuple[str, ...]) -> None:
        self.obstacles = obstacles
        lines = "".join(f"\n  - {line}" for line in obstacles)
        super().__init__(f"existing tables do not fit, nothing was changed:{lines}")


def plan_of(connection: Connection, metadata: MetaData) -> Plan:
    """What has to be done so that the shared tables of `metadata` are there, complete."""
    expected = expected_of(metadata)
    return compare(expected, inspect(connection, expected), StoredRows(connection))


def require_adoptable(connection: Connection, metadata: MetaData) -> Plan:
    """The plan; raises NotAdoptable when something stands in its way."""
    plan = plan_of(connection, metadata)
    if plan.obstacles:
        raise NotAdoptable(plan.obstacles)
    return plan


def adopt(connection: Connection, metadata: MetaData, *, first: bool = False) -> Plan:
    """Add what is missing to the shared tables; done again it does nothing.

    Every step commits by itself: `connection` must be in autocommit. After an interruption the
    next run goes on with what is still missing. `first`: what is there now was there before us,
    and a downgrade will leave it alone. Raises NotAdoptable before anything is changed.
    """
    plan = require_adoptable(connection, metadata)
    if first:
        record_adopted(connection, plan.adopted)
    carry_out(connection, plan)
    forget_adopted(connection, plan.created)
    return plan


def settled_tables(connection: Connection, metadata: MetaData) -> frozenset[str]:
    """Adopted tables that lack nothing: what else differs in them is kept on purpose."""
    adopted = adopted_tables(connection)
    if not adopted:
        return frozenset()
    plan = plan_of(connection, metadata)
    if plan.obstacles:
        return frozenset()
    return adopted - {step.table for step in plan.steps}
