"""Databases of the tests: one embedded cluster, one migrated template, a copy per worker."""

import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg2
from psycopg2 import sql
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

from app.core.database import psycopg2_url
from app.migrations import upgrade_to_head
from app.reference.repository import create_go_tables
from app.reference.seed import seed_reference_data
from app.service_role import EMBEDDED_ROLE, make_service_role, url_as

ROOT = Path(__file__).parents[2]
SHAPED_BY = (
    "app/service_role.py",
    "alembic",
    "app/reference",
    "app/professions/models.py",
    "app/users/models.py",
)


def administer(dsn: str, *statements: sql.Composable) -> None:
    """Run statements that no transaction may hold, such as CREATE DATABASE."""
    connection = psycopg2.connect(dsn)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
    finally:
        connection.close()


def dsn_of(server: str, database: str) -> str:
    return make_url(server).set(database=database).render_as_string(hide_password=False)


def as_service(dsn: str) -> str:
    """The prepared database as the service sees it: through a role that bypasses no policy."""
    return url_as(dsn, EMBEDDED_ROLE)


def fingerprint() -> str:
    """Changes with whatever shapes the template."""
    digest = hashlib.sha256()
    for place in SHAPED_BY:
        path = ROOT / place
        files = sorted(path.rglob("*.*")) if path.is_dir() else [path]
        for file in files:
            if file.suffix in {".py", ".toml", ".sql"}:
                digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def prepare(dsn: str) -> None:
    """Go's tables, our migrations, the service's role, reference data and demo catalogue."""
    engine = create_engine(psycopg2_url(dsn))
    with engine.begin() as connection:
        create_go_tables(connection)
    upgrade_to_head(engine)
    with engine.begin() as connection:
        make_service_role(connection, EMBEDDED_ROLE, None)
    seed_reference_data(engine, with_demo=True)
    engine.dispose()


def template_of(server: str, lock_dir: Path) -> str:
    """The name of the migrated and seeded template, made once for all workers."""
    name = f"template_{fingerprint()}"
    with (lock_dir / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        connection = psycopg2.connect(server)
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
            exists = cursor.fetchone() is not None
        connection.close()
        if not exists:
            draft = sql.Identifier(f"draft_{name}")
            administer(
                server,
                sql.SQL("DROP DATABASE IF EXISTS {}").format(draft),
                sql.SQL("CREATE DATABASE {}").format(draft),
            )
            prepare(dsn_of(server, f"draft_{name}"))
            rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
            administer(server, rename.format(draft, sql.Identifier(name)))
    return name


@contextmanager
def copy_of(server: str, template: str, name: str) -> Iterator[str]:
    """A database of one's own, gone after the block."""
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    create = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    administer(server, drop, create.format(sql.Identifier(name), sql.Identifier(template)))
    try:
        yield dsn_of(server, name)
    finally:
        administer(server, drop)


@contextmanager
def empty_database(server: str, name: str) -> Iterator[str]:
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    administer(server, drop, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield dsn_of(server, name)
    finally:
        administer(server, drop)
