"""The answer to one message: asked, let through piece by piece, stored.

No connection is held while the model speaks. Whatever ends the answer (its end, a failure, a
reader who left, the process shutting down), what a person has seen of it is stored, and what it
took, also when they saw nothing.
"""

import asyncio
from contextlib import aclosing
from typing import Any, Final
from uuid import UUID

import structlog

from app.chat.advisor.advisor import Advisor, Answered, ChatTurn, Interim, Started, UserTier
from app.chat.errors import AdvisorUnavailable, ConversationNotFound
from app.chat.messages.repository import MessageRow
from app.chat.row_security import acting_for
from app.chat.turns import repository
from app.chat.turns.counters import Outcome, answers
from app.chat.turns.draft import Draft
from app.chat.turns.echo import REPLACEMENT
from app.chat.turns.keeping import AnswerKeeper
from app.chat.turns.opened import Answering, Done, OpenTurn, Piece, Waiting
from app.chat.turns.prompting import SUPPORT, Prompts, about_person, build_prompts
from app.core.database import Database
from app.llm.port import Delta, ModelError, Usage
from app.llm.withheld import SUPPORT_MESSAGE

logger = structlog.get_logger()

MAX_HISTORY_MESSAGES: Final = 200


class TurnAnswerer:
    """Answers open turns. `drain` lets go on what must be stored when the process ends."""

    def __init__(self, database: Database, advisor: Advisor, history_tokens: int) -> None:
        self._database = database
        self._advisor = advisor
        self._history_tokens = history_tokens
        self._keeper = AnswerKeeper(database)
        self._under_way: dict[UUID, UUID] = {}  # answers, and the messages that they answer

    async def answer(self, turn: OpenTurn) -> Answering:
        """Pieces as they come, then Done. Raises AdvisorUnavailable when no model answered, or
        broke off; ConversationNotFound when the conversation has vanished meanwhile.
        """
        draft, outcome = Draft(), Outcome.FAILED
        self._under_way[turn.answer_id] = turn.said.id
        try:
            async with aclosing(self._items(turn, draft)) as items:
                async for item in items:
                    outcome = Outcome.WHOLE if isinstance(item, Done) else outcome
                    yield item
        except ModelError as error:
            outcome = Outcome.BROKEN_OFF if draft.sent else Outcome.UNAVAILABLE
            logger.warning("chat_answer_failed", reason=error.reason, model=error.model)
            if keeping := self._keep_part(turn, draft, "error", error.usage):
                await asyncio.wait({keeping})  # whoever is told of the failure finds it in the list
            raise AdvisorUnavailable(turn.said.id) from None
        except (asyncio.CancelledError, GeneratorExit, ConversationNotFound):
            outcome = outcome if outcome is Outcome.WHOLE else Outcome.ABANDONED
            self._keep_part(turn, draft, "interrupted", draft.usage)
            raise
        finally:
            answers.labels(outcome).inc()
            del self._under_way[turn.answer_id]

    def is_under_way(self, awaited_id: UUID) -> bool:
        """Whether this process is still at work on the answer, or on one to the message."""
        return awaited_id in self._under_way or awaited_id in self._under_way.values()

    async def drain(self, timeout_s: float) -> None:
        """Wait for what is being stored, at most `timeout_s` seconds."""
        await self._keeper.drain(timeout_s)

    async def _items(self, turn: OpenTurn, draft: Draft) -> Answering:
        if turn.is_withheld:
            yield Piece(SUPPORT_MESSAGE, 0)
            yield await self._settle(turn, draft, SUPPORT_MESSAGE, Usage(), type=SUPPORT)
            return
        prompts = await self._prompts(turn)
        end: Answered | None = None
        async with aclosing(self._advisor.answer(_chat_turn(turn, prompts), draft.spent)) as items:
            async for item in items:
                if isinstance(item, Interim):
                    await self._keeper.tell_to_wait(turn)
                    yield Waiting()
                elif isinstance(item, Answered):
                    end = item
                elif piece := _heard(item, prompts, draft):
                    yield piece
                if draft.is_recital:
                    break
        if piece := draft.end():
            yield piece
        yield await self._done(turn, draft, end)

    async def _done(self, turn: OpenTurn, draft: Draft, end: Answered | None) -> Done:
        usage = draft.usage if end is None else end.usage
        if end is None or draft.is_recital:
            logger.warning("chat_answer_recited_its_rules", model=draft.model)
            finish = "content_filter"
            return await self._settle(
                turn, draft, REPLACEMENT, usage, type="replaced", finish_reason=finish
            )
        draft.model = end.model
        return await self._settle(turn, draft, draft.sent, usage, finish_reason=end.finish_reason)

    async def _prompts(self, turn: OpenTurn) -> Prompts:
        said, user_id = turn.said, turn.caller.user_id
        history = await self._database.read(
            lambda c: repository.read_history(
                c, user_id, said.conversation_id, said.turn_number - 1, MAX_HISTORY_MESSAGES
            ),
            acting_for(user_id),
        )
        talk = turn.conversation
        return build_prompts(
            talk.context_type,
            about_person(turn.caller.first_name, talk.context_data),
            history,
            said.content,
            self._history_tokens,
        )

    async def _settle(
        self, turn: OpenTurn, draft: Draft, content: str, usage: Usage, **details: Any
    ) -> Done:
        """All of an answer; it gets there even when its reader leaves just now."""
        draft.is_settled = True
        stored = await self._keeper.store(turn, draft.answer(turn, content, usage, details))
        if stored is None:
            raise ConversationNotFound
        return Done(turn.said, stored)

    def _keep_part(
        self, turn: OpenTurn, draft: Draft, reason: str, usage: Usage
    ) -> asyncio.Task[MessageRow | None] | None:
        """What was sent of an answer that broke off, and what it took, also when that was all;
        None when it was nothing.
        """
        if draft.is_settled or not (draft.sent or usage.prompt_tokens or usage.completion_tokens):
            return None
        draft.name_silent_model()
        details = {"finish_reason": reason, "is_partial": True}
        given = draft.answer(turn, draft.sent, usage, details)
        return self._keeper.store_unwatched(turn, given)


def _heard(item: Started | Delta, prompts: Prompts, draft: Draft) -> Piece | None:
    if isinstance(item, Started):
        draft.begin(item, prompts)
        return None
    return draft.hear(item.text)


def _chat_turn(turn: OpenTurn, prompts: Prompts) -> ChatTurn:
    return ChatTurn(
        messages=prompts.messages,
        free_messages=prompts.free_messages,
        facts={
            "question": turn.said.content,
            "about": turn.conversation.context_data,
            "first_name": turn.caller.first_name,
            "told": "\n".join(m.content for m in prompts.messages if m.role == "assistant"),
        },
        user_id=turn.caller.user_id,
        user_tier=UserTier.PREMIUM if turn.caller.is_member else UserTier.FREE,
    )
