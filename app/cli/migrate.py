"""`python -m app migrate`: bring the database up to date, or tell what that would do."""

from collections.abc import Iterator
from itertools import groupby

from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection

from app.adoption.adopt import require_adoptable
from app.adoption.shape import Plan
from app.cli.environment import engine_of, make_role, ready_settings
from app.core.database import Base
from app.migrations import alembic_config, alone, upgrade_to_head
from app.reference.repository import create_go_tables
from app.tables import import_models


def migrate(role: str | None = None) -> None:
    """To the newest revision; then make or update the role that the service runs as."""
    with ready_settings() as (settings, embedded):
        engine = engine_of(settings)
        with alone(engine):
            if embedded:
                with engine.begin() as connection:
                    create_go_tables(connection)
            upgrade_to_head(engine)
        print("The database is at the newest revision.")
        if role is not None:
            left = make_role(engine, settings, role)
            print(*role_lines(role, left), sep="\n")
        engine.dispose()


def role_lines(role: str, left: list[str]) -> Iterator[str]:
    yield f"The role {role} may do what the service does, and bypasses no policy."
    if left:
        yield "Unless that was done before, the owner of these tables must run:"
        yield from left


def show_plan() -> None:
    """Changes nothing. Raises NotAdoptable with everything that stands in the way."""
    import_models()
    with ready_settings() as (settings, _embedded):
        engine = engine_of(settings)
        with engine.connect() as connection:
            print(*plan_lines(connection), sep="\n")
        engine.dispose()


def plan_lines(connection: Connection) -> Iterator[str]:
    """What `migrate` would do, for a person; the last line sums it up."""
    revisions = list(_pending(connection))
    plan = require_adoptable(connection, Base.metadata)
    if not revisions and not plan.steps:
        yield "Nothing to do: the database is at the newest revision."
        return
    if revisions:
        yield "Revisions to apply:"
        yield from (f"  {script.revision}: {script.doc}" for script in revisions)
    for table, steps in groupby(plan.steps, key=lambda step: step.table):
        yield f"{table}:"
        yield from (f"  - {step.words}" for step in steps)
    if plan.kept:
        yield "Kept as it is:"
        yield from (f"  - {line}" for line in plan.kept)
    yield _summary(revisions, plan)


def _pending(connection: Connection) -> Iterator[Script]:
    """Oldest first."""
    scripts = ScriptDirectory.from_config(alembic_config())
    current = MigrationContext.configure(connection).get_current_revision()
    yield from reversed(list(scripts.iterate_revisions("head", current or "base")))


def _summary(revisions: list[Script], plan: Plan) -> str:
    changed = {step.table for step in plan.steps} & set(plan.adopted)
    return (
        f"`migrate` would apply {len(revisions)} revisions, make {len(plan.created)} tables of the"
        f" career profile and complete {len(changed)} of the {len(plan.adopted)} that exist. No"
        " row, column or table would be removed. Nothing was changed now."
    )
