"""What a person has used, in tokens and US dollars."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.core.fields import Output


class Period(StrEnum):
    MONTH = "month"
    YEAR = "year"


Year = Annotated[int, Field(ge=2020, le=2100)]
Month = Annotated[int, Field(ge=1, le=12)]


class ModelUsage(Output):
    """`answers`: how many answers this model wrote, or was paid for and nobody saw a word of."""

    answers: int
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    cost: float


class UsageSummary(Output):
    """Months and years are those of UTC. Deleted conversations count as well: they were paid."""

    total_tokens: int
    total_cost: float
    conversations_count: int
    messages_count: int
    model_usage: dict[str, ModelUsage]


class AnswerCost(Output):
    """What one answer took; `processing_time_ms` is null when it was not measured. `message_id` is
    the answer's, or the person's message when no word of an answer was seen.
    """

    message_id: UUID
    model: str
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    cost: float
    is_free_model: bool
    processing_time_ms: int | None
    created_at: datetime


class ConversationUsage(Output):
    """Totals of the whole conversation; the breakdown has its newest 100 answers, newest first."""

    total_tokens: int
    total_cost: float
    cost_breakdown: list[AnswerCost]
    model_usage: dict[str, ModelUsage]
