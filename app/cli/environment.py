"""What a command needs around it: settings, a database that is there, secrets of local mode."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import Engine
from sqlalchemy.exc import ArgumentError

from app.core.database import make_engine, psycopg2_url
from app.core.embedded import EmbeddedPostgres
from app.core.logging import configure_logging
from app.core.settings import ConfigurationError, Settings, reveal
from app.migrations import alone, upgrade_to_head
from app.reference.repository import create_go_tables
from app.reference.seed import seed_reference_data
from app.service_role import EMBEDDED_ROLE, make_service_role, url_as

DATABASE_NAME = "kenali_diri"
SECRET_FILE = "jwt_secret"  # noqa: S105 - a file's name


@contextmanager
def ready_settings() -> Iterator[tuple[Settings, bool]]:
    """Settings whose database is reachable, and whether that database is the embedded one.

    In local mode without a database URL the embedded PostgreSQL runs as long as the block, and
    the JWT secret is a random one kept in the data folder.
    """
    settings = Settings()
    settings.check_ready_to_serve()
    configure_logging(settings.log_level, json_lines=not settings.is_local)
    if settings.is_local:
        settings = local_settings()
    if (dsn := settings.database_dsn()) is not None:
        check_database_url(dsn)
        yield settings, False
        return
    with EmbeddedPostgres.lease(
        data_dir=settings.data_dir, database=DATABASE_NAME, bin_dir=settings.pg_bin
    ) as cluster:
        yield settings.model_copy(update={"database_url": cluster.dsn}), True


def check_database_url(dsn: str) -> None:
    """Raises ConfigurationError, without the URL itself: it may hold a password."""
    try:
        psycopg2_url(dsn)
    except (ArgumentError, ValueError):
        raise ConfigurationError(
            "setting DATABASE_URL: must look like postgresql://user:password@host:port/name"
        ) from None


def local_settings() -> Settings:
    """Settings of local mode with its JWT secret; refuses in any other mode."""
    settings = Settings()
    if not settings.is_local:
        raise ConfigurationError("this command works with APP_ENV=local only")
    if settings.jwt_secret is None and settings.jwt_public_key is None:
        secret = SecretStr(kept_secret(settings.data_dir))
        return settings.model_copy(update={"jwt_secret": secret})
    return settings


def prepare_database(settings: Settings, *, embedded: bool) -> dict[str, int]:
    """Migrate and seed; on the embedded database also make what Go owns, and the service's role."""
    engine = engine_of(settings)
    try:
        with alone(engine):
            if embedded:
                with engine.begin() as connection:
                    create_go_tables(connection)
            upgrade_to_head(engine)
            if embedded:
                with engine.begin() as connection:
                    make_service_role(connection, EMBEDDED_ROLE, None)
            return seed_reference_data(engine, with_demo=settings.is_local)
    finally:
        engine.dispose()


def make_role(engine: Engine, settings: Settings, role: str) -> list[str]:
    """Make the role that the service runs as, with SERVICE_ROLE_PASSWORD when there is one.

    Returns the grants that another role has to make.
    """
    with engine.begin() as connection:
        return make_service_role(connection, role, reveal(settings.service_role_password))


def as_service(settings: Settings, *, embedded: bool) -> Settings:
    """What the service runs with; on the embedded database as its own role, not as superuser.

    The database must have been prepared.
    """
    dsn = settings.database_dsn()
    if not embedded or dsn is None:
        return settings
    return settings.model_copy(update={"database_url": url_as(dsn, EMBEDDED_ROLE)})


def engine_of(settings: Settings) -> Engine:
    """For one command; past a pooler in transaction mode, which would forget what DDL sets."""
    dsn = settings.database_direct_url or settings.database_dsn()
    if dsn is None:
        raise ValueError("no database")
    return make_engine(settings, dsn)


def kept_secret(data_dir: Path) -> str:
    """The local JWT secret, made on first use; readable by its owner only."""
    path = data_dir / SECRET_FILE
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _make_secret(path)
        return path.read_text().strip()
    except OSError as error:
        raise ConfigurationError(f"cannot use {path}: {error.strerror}") from error


def _make_secret(path: Path) -> None:
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    draft.touch(mode=0o600)
    draft.write_text(secrets.token_hex(32))
    with suppress(FileExistsError):  # of two commands that start at once, one secret wins
        path.hardlink_to(draft)
    draft.unlink()
