"""Running the Alembic migrations from code: the command line, local start-up, tests."""

from alembic.config import Config
from sqlalchemy import Connection, Engine

from alembic import command
from app.adoption.adopt import adopt
from app.core.database import Base
from app.revisions import scripts_folder
from app.tables import import_models


def alembic_config(connection: Connection | None = None) -> Config:
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
        command.upgrade(alembic_config(connection), "head")
        connection.commit()
    import_models()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        adopt(connection, Base.metadata)
