"""The revisions of the schema that this build knows, read without loading Alembic."""

import re
from pathlib import Path
from typing import Final

from app.core.migration_state import Revisions

REVISION: Final = re.compile(r'^revision = "(\w+)"$', re.MULTILINE)
DOWN_REVISION: Final = re.compile(r'^down_revision = "(\w+)"$', re.MULTILINE)


def scripts_folder() -> Path:
    """`alembic/` of the checkout; in an installed wheel the copy inside the package."""
    packaged = Path(__file__).parent / "_alembic"
    return packaged if packaged.is_dir() else Path(__file__).parents[1] / "alembic"


def build_revisions() -> Revisions:
    """Head and all revisions, from the first lines of the scripts, which form one chain."""
    scripts = [path.read_text("utf-8") for path in (scripts_folder() / "versions").glob("*.py")]
    known = {found[1] for script in scripts if (found := REVISION.search(script))}
    replaced = {found[1] for script in scripts if (found := DOWN_REVISION.search(script))}
    (head,) = known - replaced
    return Revisions(head, frozenset(known))
