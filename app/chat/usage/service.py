"""What a person has used."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from app.chat.conversations.access import open_conversation
from app.chat.row_security import acting_for
from app.chat.usage import repository
from app.chat.usage.periods import month_of, year_of
from app.chat.usage.schemas import (
    AnswerCost,
    ConversationUsage,
    ModelUsage,
    Period,
    UsageSummary,
)
from app.core.clock import Clock
from app.core.database import Database
from app.core.security import Principal
from app.users.caller import Admission, admit

COST_PLACES = 6  # as stored


class UsageService:
    """Sums of tokens and dollars."""

    def __init__(self, database: Database, clock: Clock, admission: Admission) -> None:
        self._database = database
        self._clock = clock
        self._admission = admission

    async def summary(
        self, principal: Principal, period: Period, year: int | None, month: int | None
    ) -> UsageSummary:
        """A month or a year; what is not given is that of now. A year has no use for a month."""
        now = self._clock()
        year = now.year if year is None else year
        span = year_of(year) if period is Period.YEAR else month_of(year, month or now.month)
        totals = await self._database.read(
            lambda c: repository.find_totals(c, principal.user_id, *span),
            acting_for(principal.user_id),
        )
        admit(totals.caller, self._admission)
        return UsageSummary(
            total_tokens=sum(model["total_tokens"] for model in totals.models),
            total_cost=_cost(totals.models),
            conversations_count=totals.conversations_count,
            messages_count=totals.messages_count,
            model_usage=_by_name(totals.models),
        )

    async def of_conversation(
        self, principal: Principal, conversation_id: UUID
    ) -> ConversationUsage:
        """Raises ConversationNotFound."""
        used = await self._database.read(
            lambda c: repository.find_of_conversation(c, principal.user_id, conversation_id),
            acting_for(principal.user_id),
        )
        open_conversation(used.found, self._admission)
        return ConversationUsage(
            total_tokens=sum(model["total_tokens"] for model in used.models),
            total_cost=_cost(used.models),
            cost_breakdown=[AnswerCost.model_validate(answer) for answer in used.answers],
            model_usage=_by_name(used.models),
        )


def _cost(models: Iterable[Mapping[str, Any]]) -> float:
    return round(sum((model["cost"] for model in models), 0.0), COST_PLACES)


def _by_name(models: Iterable[Mapping[str, Any]]) -> dict[str, ModelUsage]:
    return {model["model"]: ModelUsage.model_validate(model) for model in models}
