"""The career chat: how much one person may ask, and how long it is kept."""

from collections.abc import Callable
from typing import Annotated

from pydantic import BeforeValidator, Field
from pydantic_settings import BaseSettings

from app.core.settings.kinds import RateLimit


def _in_a(unit: str) -> Callable[[object], object]:
    """Reads a plain number as so many in a unit of time: 200 is "200/hour"."""

    def read(value: object) -> object:
        return f"{value}/{unit}" if str(value).isdecimal() else value

    return read


class ChatSettings(BaseSettings):
    """Limits per user. A message is counted in characters, history and budget in tokens."""

    rate_limit_messages_per_hour: Annotated[RateLimit, BeforeValidator(_in_a("hour"))] = "200/hour"
    rate_limit_conversations_per_day: Annotated[RateLimit, BeforeValidator(_in_a("day"))] = (
        "100/day"
    )
    max_message_length: Annotated[int, Field(ge=1, le=20_000)] = 4000
    max_conversation_history_tokens: Annotated[int, Field(ge=0)] = 6000
    chat_monthly_token_budget: Annotated[int, Field(ge=0)] = 2_000_000  # 0: none
    chat_retention_days: Annotated[int, Field(ge=1)] = 365

    rate_limit_chat_conversation_list: RateLimit = "120/minute"
    rate_limit_chat_conversation_read: RateLimit = "120/minute"
    rate_limit_chat_conversation_update: RateLimit = "60/minute"
    rate_limit_chat_conversation_delete: RateLimit = "60/minute"
    rate_limit_chat_message_list: RateLimit = "120/minute"
    rate_limit_chat_suggestions: RateLimit = "60/minute"
    rate_limit_chat_assessment_ready: RateLimit = "60/minute"
    rate_limit_chat_initialize: RateLimit = "30/hour"
    rate_limit_chat_usage: RateLimit = "60/minute"
    rate_limit_chat_erase: RateLimit = "10/hour"
