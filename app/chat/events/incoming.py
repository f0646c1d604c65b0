"""What an archive tells of a finished assessment, read with care. Pure."""

import hashlib
import re
from typing import Annotated, Final
from uuid import UUID

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

MAX_BODY_BYTES: Final = 64 * 1024
SANE_ID: Final = re.compile(r"[\x21-\x7e]{1,200}")


class AnalysisComplete(BaseModel):
    """Members that are unknown here are left alone: the archive may tell more."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    user_id: Annotated[UUID, Field(validation_alias=AliasChoices("user_id", "userId"))]
    assessment_id: Annotated[
        str,
        StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,100}$"),
        Field(validation_alias=AliasChoices("assessment_id", "assessmentId")),
    ]


def read_analysis_complete(body: bytes) -> AnalysisComplete | None:
    """The event in a JSON document, its members in snake or camel case; None when it is none."""
    if len(body) > MAX_BODY_BYTES:
        return None
    try:
        return AnalysisComplete.model_validate_json(body)
    except ValidationError:
        return None


def identity_of(message_id: str | None, body: bytes) -> str:
    """By what a message is known when it comes again: its id, or what it says when it has none."""
    if message_id is not None and SANE_ID.fullmatch(message_id):
        return message_id
    return "sha256:" + hashlib.sha256(body).hexdigest()
