"""The answer to one message: asked, let through piece by piece, stored.

No connection is held while the model speaks. Whatever ends the answer (its end, a failure, a
reader who left, the process shutting down), what a person has seen of it is stored.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final
from uuid import UUID, uuid4

import structlog
from sqlalchemy import Connection

from app.chat.advisor.advisor import Advisor, Answered, ChatTurn, Interim, Started, UserTier
from app.chat.conversations.repository import ConversationRow
from app.chat.errors import AdvisorUnavailable, ConversationNotFound
from app.chat.messages.repository import MessageRow
from app.chat.notifications.repository import publish
from app.chat.notifications.stages import interim, message_completed
from app.chat.row_security import acting_for
from app.chat.turns import repository
from app.chat.turns.echo import REPLACEMENT, EchoGuard
from app.chat.turns.prompting import SUPPORT, WITHHELD, Prompts, build_prompts
from app.chat.turns.repository import Answer
from app.core.database import Database
from app.llm.port import Delta, Message, ModelError, Usage
from app.llm.tokens import estimated_usage
from app.llm.withheld import SUPPORT_MESSAGE
from app.users.caller import Caller

logger = structlog.get_logger()

MAX_HISTORY_MESSAGES: Final = 200
NO_MODEL: Final = "none"  # answered by us, not by a model
COST_PLACES: Final = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class OpenTurn:
    """A message that waits for an answer; `replaces` is the answer that it has already."""

    caller: Caller
    conversation: ConversationRow
    said: MessageRow
    replaces: UUID | None = None
    answer_id: UUID = field(default_factory=uuid4)

    @property
    def is_withheld(self) -> bool:
        return (self.said.metadata or {}).get("type") == WITHHELD


@dataclass(frozen=True, slots=True)
class Waiting:
    """No model has said a word yet, for longer than a person waits without one."""


@dataclass(frozen=True, slots=True)
class Piece:
    """The next part of the answer; `offset` characters came before it."""

    text: str
    offset: int


@dataclass(frozen=True, slots=True)
class Done:
    """The whole answer as it is stored; it may differ from the pieces (see EchoGuard)."""

    said: MessageRow
    answer: MessageRow


Answering = AsyncGenerator[Waiting | Piece | Done, None]


@dataclass(slots=True)
class _Draft:
    """What is known of an answer while it comes."""

    prompt: tuple[Message, ...] = ()
    sent: str = ""
    model: str = NO_MODEL
    is_free: bool = True
    is_settled: bool = False  # its last words are stored, or on their way
    started: float = field(default_factory=time.perf_counter)

    def usage(self) -> Usage:
        """Of an answer that did not come to its end: nobody has counted it."""
        return estimated_usage(self.prompt, self.sent)


class TurnAnswerer:
    """Answers open turns. `drain` lets go on what must be stored when the process ends."""

    def __init__(self, database: Database, advisor: Advisor, history_tokens: int) -> None:
        self._database = database
        self._advisor = advisor
        self._history_tokens = history_tokens
        self._storing: set[asyncio.Task[MessageRow | None]] = set()

    async def answer(self, turn: OpenTurn) -> Answering:
        """Pieces as they come, then Done. Raises AdvisorUnavailable when no model answered, or
        broke off; ConversationNotFound when the conversation has vanished meanwhile.
        """
        draft = _Draft()
        if turn.is_withheld:
            yield Piece(SUPPORT_MESSAGE, 0)
            yield await self._store(turn, draft, SUPPORT_MESSAGE, Usage(), {"type": SUPPORT})
            return
        prompts = await self._prompts(turn)
        try:
            async with aclosing(self._speak(turn, prompts, draft)) as pieces:
                async for piece in pieces:
                    yield piece
        except ModelError as error:
            logger.warning("chat_answer_failed", reason=error.reason, model=error.model)
            self._keep_part(turn, draft, "error")
            raise AdvisorUnavailable(turn.said.id) from None
        except (asyncio.CancelledError, GeneratorExit):
            self._keep_part(turn, draft, "client_gone")
            raise

    async def drain(self, timeout_s: float) -> None:
        """Wait for what is being stored, at most `timeout_s` seconds."""
        if self._storing:
            await asyncio.wait(self._storing, timeout=timeout_s)

    async def _speak(self, turn: OpenTurn, prompts: Prompts, draft: _Draft) -> Answering:
        guard = EchoGuard(prompts.rules)
        end: Answered | None = None
        async with aclosing(self._advisor.answer(_chat_turn(turn, prompts))) as items:
            async for item in items:
                if isinstance(item, Interim):
                    await self._tell_to_wait(turn)
                    yield Waiting()
                elif isinstance(item, Answered):
                    end = item
                elif piece := _taken(item, prompts, guard, draft):
                    yield piece
                if guard.is_tripped:
                    break
        if guard.is_tripped or end is None:
            logger.warning("chat_answer_recited_its_rules", model=draft.model)
            yield await self._store(turn, draft, REPLACEMENT, draft.usage(), {"type": "replaced"})
            return
        if piece := _let_through(guard.rest(), draft):
            yield piece
        draft.model = end.model
        yield await self._store(
            turn, draft, draft.sent, end.usage, {"finish_reason": end.finish_reason}
        )

    async def _prompts(self, turn: OpenTurn) -> Prompts:
        said = turn.said
        history = await self._database.read(
            lambda c: repository.read_history(
                c,
                turn.caller.user_id,
                said.conversation_id,
                said.turn_number - 1,
                MAX_HISTORY_MESSAGES,
            ),
            acting_for(turn.caller.user_id),
        )
        talk = turn.conversation
        return build_prompts(
            talk.context_type, talk.context_data, history, said.content, self._history_tokens
        )

    async def _tell_to_wait(self, turn: OpenTurn) -> None:
        news = interim(str(turn.said.conversation_id), str(turn.said.id))
        await self._database.transact(lambda c: publish(c, turn.caller.user_id, news))

    async def _store(
        self,
        turn: OpenTurn,
        draft: _Draft,
        content: str,
        usage: Usage,
        details: Mapping[str, Any],
    ) -> Done:
        """All of an answer; it gets there even when its reader leaves just now."""
        draft.is_settled = True
        stored = await asyncio.shield(
            self._in_background(_answer_of(turn, draft, content, usage, details), turn)
        )
        if stored is None:
            raise ConversationNotFound
        return Done(turn.said, stored)

    def _keep_part(self, turn: OpenTurn, draft: _Draft, reason: str) -> None:
        """What was sent of an answer that broke off; nobody waits for it."""
        if draft.sent and not draft.is_settled:
            details = {"finish_reason": reason, "is_partial": True}
            given = _answer_of(turn, draft, draft.sent, draft.usage(), details)
            self._in_background(given, turn).add_done_callback(_log_if_lost)

    def _in_background(self, given: Answer, turn: OpenTurn) -> asyncio.Task[MessageRow | None]:
        storing = self._database.transact(
            lambda c: _store_and_tell(c, turn, given), acting_for(turn.caller.user_id)
        )
        task = asyncio.ensure_future(storing)
        self._storing.add(task)
        task.add_done_callback(self._storing.discard)
        return task


def _log_if_lost(task: asyncio.Task[MessageRow | None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        logger.error("chat_part_not_stored", exc_info=error)


def _taken(
    item: Started | Delta, prompts: Prompts, guard: EchoGuard, draft: _Draft
) -> Piece | None:
    """Note who speaks; what of the text may be sent now."""
    if isinstance(item, Started):
        draft.model, draft.is_free = item.model, item.is_free
        draft.prompt = prompts.free_messages if item.is_free else prompts.messages
        return None
    return _let_through(guard.feed(item.text), draft)


def _let_through(text: str, draft: _Draft) -> Piece | None:
    if not text:
        return None
    piece = Piece(text, len(draft.sent))
    draft.sent += text
    return piece


def _store_and_tell(connection: Connection, turn: OpenTurn, given: Answer) -> MessageRow | None:
    """The answer, its usage, and the news for the person's other devices: one commit."""
    said = turn.said
    stored = repository.answer(connection, turn.caller.user_id, said.conversation_id, given)
    if stored is not None:
        news = message_completed(str(said.conversation_id), str(stored.id))
        publish(connection, turn.caller.user_id, news)
    return stored


def _chat_turn(turn: OpenTurn, prompts: Prompts) -> ChatTurn:
    return ChatTurn(
        messages=prompts.messages,
        free_messages=prompts.free_messages,
        facts={
            "question": turn.said.content,
            "about": turn.conversation.context_data,
            "first_name": turn.caller.first_name,
        },
        user_id=turn.caller.user_id,
        user_tier=UserTier.PREMIUM if turn.caller.is_member else UserTier.FREE,
    )


def _answer_of(
    turn: OpenTurn, draft: _Draft, content: str, usage: Usage, details: Mapping[str, Any]
) -> Answer:
    elapsed_ms = round((time.perf_counter() - draft.started) * 1000)
    cost = Decimal(0) if draft.is_free else Decimal(str(usage.cost)).quantize(COST_PLACES)
    tokens = {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.prompt_tokens + usage.completion_tokens,
        "cost": float(cost),
    }
    replaced = {} if turn.replaces is None else {"regenerated_from": str(turn.replaces)}
    return Answer(
        id=turn.answer_id,
        content=content,
        metadata={
            "model": draft.model,
            "is_free_model": draft.is_free,
            "processing_time_ms": elapsed_ms,
            "usage": tokens,
            **details,
            **replaced,
        },
        parent_message_id=turn.said.id,
        turn_number=turn.said.turn_number,
        model_used=draft.model[:100],
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens,
        cost_credits=cost,
        is_free_model=draft.is_free,
        processing_time_ms=elapsed_ms,
    )
