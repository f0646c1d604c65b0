"""Running the Alembic migrations from code: the command line, local start-up, tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import sleep
from typing import TYPE_CHECKING, Final

import structlog
from sqlalchemy import Connection, Engine

from app.adoption.adopt import adopt
from app.core.database import Base
from app.core.migration_state import MigrationState
from app.revisions import build_revisions, scripts_folder
from app.tables import import_models

if TYPE_CHECKING:  # Alembic is loaded where there is something to migrate
    from alembic.config import Config

logger = structlog.get_logger()

LOCK: Final = 7403  # of the advisory locks
LOOK_AGAIN_S: Final = 0.2
TAKE: Final = (
    f"SET LOCAL idle_in_transaction_session_timeout = 0; SELECT pg_try_advisory_xact_lock({LOCK})"
)


@contextmanager
def alone(engine: Engine) -> Iterator[None]:
    """Nobody else prepares this database during the block; waits for whoever does.

    Two commands that begin in an empty database would make the same tables. The lock is asked for
    again and again: building an index concurrently waits for every statement that is under way,
    also for one that waits for the lock. A transaction holds it, as a pooler keeps that on one
    connection, and the connection is none of the engine's pool, which may have no second one.
    """
    with engine.connect() as connection:
        connection.detach()
        waits = False
        while not connection.exec_driver_sql(TAKE).scalar():
            connection.rollback()
            if not waits:
                logger.info("migration_waits_for_another")
                waits = True
            sleep(LOOK_AGAIN_S)
        yield


def alembic_config(connection: Connection | None = None) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(scripts_folder()).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def upgrade_to_head(engine: Engine) -> None:
    """Bring the database to the newest revision; does nothing when it is there.

    Afterwards the tables that Go uses too are looked at again: it may have added its own columns
    since. Raises NotAdoptable, with nothing changed, when existing tables cannot serve.
    """
    with engine.connect() as connection:
        if build_revisions().compare(connection) is not MigrationState.CURRENT:
            from alembic import command

            command.upgrade(alembic_config(connection), "head")
            connection.commit()
    import_models()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        adopt(connection, Base.metadata)
