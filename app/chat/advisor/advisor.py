"""The advisor: one answer to one turn, from the first model of the chain that gives one."""

import asyncio
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

from app.chat.advisor.errors import FreeModelLimitReached
from app.chat.advisor.fallback_chain import (
    attempts_of,
    first_token_share_s,
    is_cured_by_another,
)
from app.chat.advisor.spent import Spent
from app.core import metrics
from app.core.rate_limits import Limit, RateLimiter
from app.core.settings.chat_models import is_free_model
from app.llm.measured import status_of
from app.llm.port import (
    ChatRequest,
    Deadline,
    Delta,
    Finished,
    LanguageModel,
    Message,
    ModelError,
    ModelRefused,
    Purpose,
    Usage,
)


class UserTier(StrEnum):
    """A label of the metrics: PREMIUM has an active membership."""

    FREE = "free"
    PREMIUM = "premium"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatTurn:
    """What the advisor is asked.

    `free_messages` replace `messages` for a free model. `facts` is what the offline model
    answers from by the rule of the purpose.
    """

    messages: tuple[Message, ...]
    facts: object
    user_id: UUID
    user_tier: UserTier
    free_messages: tuple[Message, ...] | None = None
    purpose: Purpose = Purpose.CHAT

    def messages_for(self, is_free: bool) -> tuple[Message, ...]:
        return self.free_messages if is_free and self.free_messages else self.messages


@dataclass(frozen=True, slots=True)
class Interim:
    """Nobody has spoken yet, for longer than a person waits without a word; at most once."""


@dataclass(frozen=True, slots=True)
class Started:
    """This model speaks, and no other will; once, right before its first delta."""

    model: str
    is_free: bool


@dataclass(frozen=True, slots=True)
class Answered:
    """The whole answer; `usage` and `attempts` are those of all models that were asked.

    `model` names itself; `finish_reason` is "stop", or "length" when the answer was cut short.
    """

    text: str
    model: str
    is_free: bool
    finish_reason: str
    usage: Usage
    attempts: int


Answering = AsyncGenerator[Interim | Started | Delta | Answered, None]


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvisorConfig:
    """`models`: the chain. Seconds: for all of it, for one until its first token, until Interim."""

    models: tuple[str, ...]
    deadline_s: float
    first_token_s: float
    interim_after_s: float
    max_tokens: int
    temperature: float


class Advisor:
    """Safe to share by all tasks of a process."""

    def __init__(self, model: LanguageModel, config: AdvisorConfig, limiter: RateLimiter) -> None:
        self._model = model
        self._config = config
        self._limiter = limiter

    async def admit(self, user_id: UUID) -> None:
        """Count the first call of a turn, before anything is stored.

        Raises FreeModelLimitReached: nobody gets a paid model by asking faster.
        """
        if is_free_model(self._config.models[0]):
            quota = await self._limiter.hit(Limit.FREE_MODEL, str(user_id))
            if quota.is_exceeded:
                raise FreeModelLimitReached(quota.reset_s)

    def answer(self, turn: ChatTurn, spent: Spent) -> Answering:
        """Maybe Interim, then Started, deltas as they come, and Answered. `spent` is kept up to
        date, for who leaves.

        Raises ModelError when nobody answered, or in the middle (then with `partial`); its usage
        and attempts are those of all. Who stops reading closes it (`contextlib.aclosing`): the
        provider is told at once.
        """
        return told_when_slow(self._ask_in_turn(turn, spent), self._config.interim_after_s)

    async def whole_answer(self, turn: ChatTurn) -> Answered:
        """As `answer`, for who can wait."""
        async with aclosing(self._ask_in_turn(turn, Spent())) as items:
            async for item in items:
                if isinstance(item, Answered):
                    return item
        raise AssertionError("an answer ends with Answered or an error")

    async def _ask_in_turn(self, turn: ChatTurn, spent: Spent) -> Answering:
        models = self._config.models
        deadline = Deadline.after(self._config.deadline_s)
        for place, model in enumerate(models):
            if place > 0 and not await self._may_ask(model, turn.user_id):
                continue
            request = self._request(turn, place, deadline)
            spent.asked = request
            try:
                async with aclosing(self._ask(request, turn.user_tier)) as items:
                    async for item in items:
                        if isinstance(item, Finished):
                            yield _answered(item, spent, is_free_model(model))
                            return
                        yield item
            except ModelError as error:
                spent.add(error, is_free_model(model))
                refused = isinstance(error, ModelRefused)
                if error.partial or not is_cured_by_another(refused, error.status):
                    break
        raise spent.failure()

    async def _ask(
        self, request: ChatRequest, tier: UserTier
    ) -> AsyncGenerator[Started | Delta | Finished, None]:
        """One model of the chain; Finished comes when it has been counted."""
        started, end = False, None
        with counted(request.model, tier):
            async with aclosing(self._model.stream(request)) as items:
                async for item in items:
                    if isinstance(item, Finished):
                        end = item
                        break
                    if not started:
                        started = True
                        yield Started(request.model, is_free_model(request.model))
                    yield item
        if end is not None:
            yield end

    def _request(self, turn: ChatTurn, place: int, deadline: Deadline) -> ChatRequest:
        config = self._config
        model = config.models[place]
        left = len(config.models) - place
        return ChatRequest(
            purpose=turn.purpose,
            messages=turn.messages_for(is_free_model(model)),
            model=model,
            facts=turn.facts,
            deadline=deadline,
            first_token_timeout_s=first_token_share_s(
                deadline.remaining(), left, config.first_token_s
            ),
            temperature=config.temperature,
            max_tokens=config.max_tokens,
            max_attempts=attempts_of(place, config.models),
            user=sha256(turn.user_id.bytes).hexdigest()[:32],
        )

    async def _may_ask(self, model: str, user_id: UUID) -> bool:
        """Whether the user has a call of this model left; those of paid ones are not counted."""
        if not is_free_model(model):
            return True
        return not (await self._limiter.hit(Limit.FREE_MODEL, str(user_id))).is_exceeded


def _answered(end: Finished, spent: Spent, is_free: bool) -> Answered:
    usage, attempts = spent.with_answer(end, is_free)
    return Answered(end.text, end.model, is_free, end.finish_reason, usage, attempts)


@contextmanager
def counted(model: str, tier: UserTier) -> Iterator[None]:
    """Count a question to a free model; leaving in the middle is nobody's failure."""
    if not is_free_model(model):
        yield
        return
    started = time.perf_counter()
    success = "cancelled"
    try:
        yield
        success = "true"
    except ModelError as error:
        success = "false"
        metrics.free_model_errors.labels(model, status_of(error)).inc()
        raise
    finally:
        metrics.free_model_requests.labels(model, tier, success).inc()
        metrics.free_model_response_time.labels(model).observe(time.perf_counter() - started)


async def told_when_slow(items: Answering, after_s: float) -> Answering:
    """The items as they come, and Interim once when the first takes longer."""
    first = asyncio.ensure_future(anext(items))
    try:
        done, _ = await asyncio.wait({first}, timeout=after_s)
        if not done:
            yield Interim()
        yield await first
        async for item in items:
            yield item
    finally:
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        await items.aclose()
