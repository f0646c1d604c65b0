"""Alembic's entry: our own tables only, over the caller's connection or DATABASE_URL."""

from typing import Any

from sqlalchemy import Connection, create_engine, pool

from alembic import context
from app.adoption.adopt import settled_tables
from app.adoption.spelling import SPELLINGS
from app.core.database import Base, psycopg2_url
from app.core.settings import Settings
from app.tables import import_models

LOCK_TIMEOUT = "5s"  # a migration that cannot get its lock gives way instead of queueing everyone


class Ours:
    """What autogenerate looks at. `settled` are adopted tables whose differences are kept."""

    def __init__(self, settled: frozenset[str]) -> None:
        self.settled = settled

    def includes(self, item: Any, name: str | None, kind: str, found: bool, twin: Any) -> bool:
        """Leave alone what Go owns: its tables, keys to them, and its spelling of columns."""
        if kind == "table":
            return item.key in Base.metadata.tables and item.key not in self.settled
        if kind == "foreign_key_constraint" and found:
            return item.elements[0].target_fullname.rpartition(".")[0] in Base.metadata.tables
        if kind == "column" and found and twin is None:
            return name not in dict(SPELLINGS.get(item.table.name, ())).values()
        return True

    def includes_name(self, name: str | None, kind: str, _: Any) -> bool:
        """Look into the default schema (None) and those of our own, no further.

        SQLAlchemy 2.1 warns when it reads a table with a check that is NOT VALID: settled ones
        are not read at all.
        """
        if kind == "schema":
            return name in {None, *(table.schema for table in Base.metadata.tables.values())}
        return kind != "table" or name not in self.settled


def migrate(connection: Connection) -> None:
    import_models()
    ours = Ours(settled_tables(connection, Base.metadata))
    connection.rollback()
    connection.exec_driver_sql(f"SET lock_timeout = '{LOCK_TIMEOUT}'")
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_object=ours.includes,
        include_name=ours.includes_name,
        include_schemas=True,
        compare_server_default=False,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.exec_driver_sql("RESET lock_timeout")
    connection.commit()


given = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    dsn = Settings().database_dsn()
    if dsn is None:
        raise SystemExit("Set DATABASE_URL, or use `python -m app migrate` (embedded database).")
    engine = create_engine(psycopg2_url(dsn), poolclass=pool.NullPool)
    with engine.connect() as connection:
        migrate(connection)
