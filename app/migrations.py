"""Running the Alembic migrations from code: the command line, local start-up, tests, health."""

import importlib
from pathlib import Path

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from alembic import command

GO_FOREIGN_KEY_PREFIX = "fk_go_"
MODEL_MODULES = (
    "app.career_profile.sessions.models",
    "app.career_profile.riasec.models",
    "app.career_profile.ikigai.models",
    "app.career_profile.results.models",
)


def import_models() -> None:
    """Register every table of ours with the metadata."""
    for name in MODEL_MODULES:
        importlib.import_module(name)


def scripts_folder() -> Path:
    """`alembic/` of the checkout; in an installed wheel the copy inside the package."""
    packaged = Path(__file__).parent / "_alembic"
    return packaged if packaged.is_dir() else Path(__file__).parents[1] / "alembic"


def alembic_config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(scripts_folder()).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def upgrade_to_head(engine: Engine) -> None:
    """Bring the database to the newest revision; does nothing when it is there."""
    with engine.connect() as connection:
        command.upgrade(alembic_config(connection), "head")
        connection.commit()


def head_revision() -> str | None:
    return ScriptDirectory.from_config(alembic_config()).get_current_head()


def known_revisions() -> frozenset[str]:
    scripts = ScriptDirectory.from_config(alembic_config())
    return frozenset(script.revision for script in scripts.walk_revisions())


def current_revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()
