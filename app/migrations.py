"""Running the Alembic migrations from code: the command line, local start-up, tests, health."""

import importlib
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from alembic import command
from app.core.migration_state import Revisions

GO_FOREIGN_KEY_PREFIX = "fk_go_"
MODEL_MODULES = (
    "app.career_profile.sessions.models",
    "app.career_profile.riasec.models",
    "app.career_profile.ikigai.models",
    "app.career_profile.results.models",
    "app.model_usage.models",
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


def build_revisions() -> Revisions:
    """The revisions that this build knows."""
    scripts = ScriptDirectory.from_config(alembic_config())
    known = frozenset(script.revision for script in scripts.walk_revisions())
    return Revisions(scripts.get_current_head() or "", known)
