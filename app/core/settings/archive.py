"""The archive of assessments: a service that another system fills, if there is one."""

from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings

from app.core.settings.kinds import HttpUrl


class ArchiveSettings(BaseSettings):
    """It is called with INTERNAL_SERVICE_KEY; no URL, no archive."""

    archive_service_url: HttpUrl = None
    archive_timeout_s: Annotated[float, Field(gt=0)] = 5.0
