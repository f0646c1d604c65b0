"""The role that the service runs as: it may do what the service does, and no more.

It owns nothing, and row level security binds it: a query that forgets whose rows it wants gets
none. Whoever migrates makes it (`migrate --role`); on the embedded database that is done at start.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Final

import structlog
from psycopg2.extensions import encrypt_password
from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url

from app.core.database import Base, Database, GoBase
from app.core.errors import DomainError
from app.core.settings import ConfigurationError
from app.tables import import_models
from app.users.models import User

logger = structlog.get_logger()

EMBEDDED_ROLE: Final = "kenali_diri"
SANE_NAME: Final = re.compile(r"[a-z_][a-z0-9_-]{0,62}")
LOCK: Final = 7402  # of the advisory locks: two commands must not grant at the same time

ALL: Final = "SELECT, INSERT, UPDATE, DELETE"
# Ours are read and written, save for those of which the service writes less.
OURS: Final[Mapping[str, str]] = {
    "riasec_codes": "SELECT",  # `seed` adds them, as the owner
    "chat.audit_log": "SELECT, INSERT, DELETE",  # what is written there stays as it is
}
# Go's are read; these are written too (the domain rules say when). Of users, never the password.
GO: Final[Mapping[str, str]] = {
    "users": f"SELECT ({', '.join(column.name for column in User.__table__.columns)})",
    "token_wallet": "SELECT, UPDATE (balance, updated_at)",
    "token_ledger": "SELECT, INSERT",
    "kenalidiri_categories": "SELECT, INSERT",
}
JOBS: Final = "procrastinate%"  # the engine of durable jobs brings its own tables

FIND_ROLE: Final = text("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = :role")
BYPASSES: Final = text("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
FIND_TABLES: Final = text(
    "SELECT name FROM unnest(CAST(:names AS text[])) name WHERE to_regclass(name) IS NOT NULL"
)
FIND_FOREIGN: Final = text(
    "SELECT name FROM unnest(CAST(:tables AS text[])) name"
    " JOIN pg_class ON pg_class.oid = CAST(name AS regclass)"
    " WHERE NOT pg_has_role(relowner, 'USAGE')"
)
FIND_JOB_TABLES: Final = text(
    "SELECT oid::regclass::text FROM pg_class"
    " WHERE relkind = 'r' AND relname LIKE :like AND pg_table_is_visible(oid)"
)
FIND_JOB_FUNCTIONS: Final = text(
    "SELECT oid::regprocedure::text FROM pg_proc"
    " WHERE proname LIKE :like AND pg_function_is_visible(oid)"
)
FIND_SEQUENCES: Final = text(
    "SELECT objid::regclass::text FROM pg_depend JOIN pg_class ON pg_class.oid = objid"
    " WHERE relkind = 'S' AND classid = CAST('pg_class' AS regclass)"
    " AND refobjid = ANY (CAST(CAST(:tables AS text[]) AS regclass[]))"
)


def bypasses_row_security(connection: Connection) -> bool:
    """Whether the role of this connection sees the rows of all users, whatever a policy says."""
    return bool(connection.execute(BYPASSES).scalar_one())


async def warn_of_no_timeout(database: Database) -> None:
    """Say so in the log when nothing bounds a statement: a pooler dropped what we asked for."""
    with suppress(DomainError):
        timeout = await database.read(lambda c: c.scalar(text("SHOW statement_timeout")))
        if timeout == "0":
            logger.error("statement_timeout_missing", reason="the pooler must set it")


async def warn_of_bypass(database: Database) -> None:
    """Say so in the log when no policy binds the service's role; a database that is away cannot."""
    with suppress(DomainError):
        if await database.read(bypasses_row_security):
            logger.error("row_security_bypassed", reason="the role is superuser or has BYPASSRLS")


def url_as(dsn: str, role: str) -> str:
    """The same database for another role, without the password of the first one."""
    url = make_url(dsn)._replace(username=role, password=None)
    return url.render_as_string(hide_password=False)


def make_service_role(connection: Connection, role: str, password: str | None) -> list[str]:
    """Make or update the role; may run any number of times. Without a password it keeps its own.

    Returns the grants on tables that are somebody else's to grant. Raises ConfigurationError for
    a name that cannot be one, and for the role that migrates.
    """
    if not SANE_NAME.fullmatch(role):
        raise ConfigurationError("a role's name has lower case letters, digits, _ and -")
    if role == connection.execute(text("SELECT current_user")).scalar_one():
        raise ConfigurationError(f"{role} migrates; the service runs as a role of its own")
    connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
    connection.exec_driver_sql(_creation(connection, role))
    if password is not None:
        raw = connection.connection.driver_connection
        secret = encrypt_password(password, role, scope=raw, algorithm="scram-sha-256")
        connection.exec_driver_sql(f"ALTER ROLE \"{role}\" PASSWORD '{secret}'")
    wanted = _wanted(connection)
    foreign = set(connection.scalars(FIND_FOREIGN, {"tables": sorted(wanted)}))
    ours = {name: rights for name, rights in wanted.items() if name not in foreign}
    connection.exec_driver_sql("; ".join(_grants(connection, role, ours)))
    theirs = {name: right for name, right in wanted.items() if name in foreign}
    return [f"{grant};" for grant in _rights(connection, role, theirs)]


def _creation(connection: Connection, role: str) -> str:
    """Two databases of a cluster may ask at once: roles are those of the cluster."""
    bypasses = connection.execute(FIND_ROLE, {"role": role}).scalar()
    if bypasses is None:
        return (
            f'DO $$ BEGIN CREATE ROLE "{role}" LOGIN;'
            " EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
        )
    if bypasses:
        return f'ALTER ROLE "{role}" LOGIN NOSUPERUSER NOBYPASSRLS'
    return "SELECT 1"


def _wanted(connection: Connection) -> dict[str, str]:
    """The rights on every table that is there: Go may bring some of its own later."""
    import_models()
    wanted = {
        **dict.fromkeys(Base.metadata.tables, ALL),
        **OURS,
        **dict.fromkeys(GoBase.metadata.tables, "SELECT"),
        **GO,
        "alembic_version": "SELECT",
    }
    there = connection.scalars(FIND_TABLES, {"names": list(wanted)})
    jobs = connection.scalars(FIND_JOB_TABLES, {"like": JOBS})
    return {**{name: wanted[name] for name in there}, **dict.fromkeys(jobs, ALL)}


def _grants(connection: Connection, role: str, rights: Mapping[str, str]) -> Iterator[str]:
    schemas = {table.schema or "public" for table in Base.metadata.tables.values()}
    for schema in sorted(schemas):
        yield f'GRANT USAGE ON SCHEMA {schema} TO "{role}"'
    for name in sorted(rights):
        yield f'REVOKE ALL ON {name} FROM "{role}"'
    for function in connection.scalars(FIND_JOB_FUNCTIONS, {"like": JOBS}):
        yield f'GRANT EXECUTE ON FUNCTION {function} TO "{role}"'
    yield from _rights(connection, role, rights)


def _rights(connection: Connection, role: str, rights: Mapping[str, str]) -> Iterator[str]:
    for name, right in sorted(rights.items()):
        yield f'GRANT {right} ON {name} TO "{role}"'
    filled = [name for name, right in rights.items() if "INSERT" in right]
    for sequence in connection.scalars(FIND_SEQUENCES, {"tables": filled}):
        yield f'GRANT USAGE ON SEQUENCE {sequence} TO "{role}"'
