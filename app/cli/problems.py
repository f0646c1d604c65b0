"""What a command cannot do, in one clear line for a person."""

from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError

from app.adoption.adopt import NotAdoptable
from app.core.embedded import EmbeddedPostgresError
from app.core.settings import ConfigurationError


class CommandError(Exception):
    """The command cannot do what it was asked; the message is for a person."""


def explain(error: Exception) -> list[str]:
    """Lines for a person; none for an error of our own making, which deserves its traceback."""
    from alembic.util import CommandError as RevisionError  # not for a start in good order

    if isinstance(error, CommandError | ConfigurationError | EmbeddedPostgresError):
        return [str(error)]
    if isinstance(error, NotAdoptable):
        return str(error).splitlines()
    if isinstance(error, RevisionError):
        return [f"migrations: {error}"]
    if isinstance(error, ValidationError):
        return _wrong_settings(error)
    if isinstance(error, DBAPIError):  # the first line only: the others may hold a row
        return [f"the database: {str(error.orig).strip().partition(chr(10))[0]}"]
    return []


def _wrong_settings(error: ValidationError) -> list[str]:
    lines = []
    for item in error.errors(include_input=False, include_url=False):
        name = "_".join(str(part) for part in item["loc"]).upper()
        message = item["msg"].removeprefix("Value error, ")
        lines.append(f"setting {name}: {message}" if name else f"settings: {message}")
    return lines
