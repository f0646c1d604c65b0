"""Input types that every schema shares: bounded, and free of what PostgreSQL cannot store."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from app.core.messages import NUL_MESSAGE


def _storable(value: str) -> str:
    """Neither NUL nor half of a surrogate pair, which JSON escapes can bring."""
    has_half = not value.isascii() and any("\ud800" <= char <= "\udfff" for char in value)
    if "\x00" in value or has_half:
        raise ValueError(NUL_MESSAGE)
    return value


SafeText = Annotated[str, AfterValidator(_storable)]
SessionToken = Annotated[
    str, StringConstraints(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9_-]+$")
]
# The largest integer that every JSON reader holds exactly (RFC 7493, 2.2); no id comes near it.
MAX_ID = 2**53 - 1


class Input(BaseModel):
    """A request body: unknown members are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=False)


class Output(BaseModel):
    """A response body or a stored document: every member is always there."""

    model_config = ConfigDict(frozen=True)
