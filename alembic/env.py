"""Alembic's entry: our own tables only, over the caller's connection or DATABASE_URL."""

from typing import Any

from sqlalchemy import Connection, create_engine, pool

from alembic import context
from app.core.database import Base, psycopg2_url
from app.core.settings import Settings
from app.migrations import GO_FOREIGN_KEY_PREFIX, import_models

LOCK_TIMEOUT = "5s"  # a migration that cannot get its lock gives way instead of queueing everyone


def is_ours(_: Any, name: str | None, kind: str, __: bool, ___: Any) -> bool:
    """Leave alone what Go owns: its tables, and the guarded foreign keys to them."""
    if kind == "table":
        return name in Base.metadata.tables
    if kind == "foreign_key_constraint":
        return not (name or "").startswith(GO_FOREIGN_KEY_PREFIX)
    return True


def migrate(connection: Connection) -> None:
    import_models()
    connection.exec_driver_sql(f"SET lock_timeout = '{LOCK_TIMEOUT}'")
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_object=is_ours,
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
