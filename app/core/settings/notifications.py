"""Notifications: how many streams a person may have open, and how often they may ask."""

from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings

from app.core.settings.kinds import RateLimit


class NotificationSettings(BaseSettings):
    """The limit of streams holds for each process; the oldest gives way."""

    notification_streams_per_user: Annotated[int, Field(ge=1, le=100)] = 5

    rate_limit_notification_list: RateLimit = "120/minute"
    rate_limit_notification_stream: RateLimit = "60/minute"
