"""A turn: a person's message is stored, the model is asked, its answer is stored."""

import asyncio
import time
from contextlib import aclosing
from datetime import UTC
from typing import Final
from uuid import UUID, uuid4, uuid5

from sqlalchemy import Connection

from app.chat.advisor.advisor import Advisor
from app.chat.advisor.errors import FreeModelLimitReached
from app.chat.audit.entry import Act
from app.chat.audit.models import Action, Actor
from app.chat.conversations.access import open_conversation
from app.chat.conversations.repository import ConversationRow
from app.chat.conversations.service import UNTITLED
from app.chat.errors import (
    ContentTypeUnsupported,
    ConversationNotFound,
    MessageNotFound,
    MessageTooLong,
    MessageWithoutQuestion,
    ParentMessageElsewhere,
    TokenBudgetExceeded,
)
from app.chat.messages.models import ContentType
from app.chat.messages.repository import MessageRow
from app.chat.row_security import acting_for
from app.chat.turns import repository
from app.chat.turns.answering import TurnAnswerer
from app.chat.turns.opened import Answering, Done, Missing, OpenTurn, Seen, is_partial
from app.chat.turns.rendering import answer_of, regenerated_of
from app.chat.turns.repository import WITHHELD, Said, Turn
from app.chat.turns.schemas import Regenerated, SendMessage, TurnAnswer
from app.chat.turns.start.repository import find_turn_start
from app.chat.turns.titles import title_of
from app.chat.usage.periods import month_of
from app.core import metrics
from app.core.clock import Clock
from app.core.database import Database
from app.core.idempotency import Claim
from app.core.logging import current_request_id
from app.core.security import Principal
from app.core.single_flight import SingleFlight
from app.llm.withheld import speaks_of_self_harm
from app.users.caller import Admission, Caller

RESUME_WAIT_S: Final = 3.0
RESUME_POLL_S: Final = 0.2


class TurnService:
    """Use cases of saying something, and of asking for an answer once more."""

    def __init__(
        self,
        database: Database,
        advisor: Advisor,
        answerer: TurnAnswerer,
        clock: Clock,
        admission: Admission,
        *,
        max_characters: int,
        monthly_tokens: int,
    ) -> None:
        self._database = database
        self._advisor = advisor
        self._answerer = answerer
        self._clock = clock
        self._admission = admission
        self._max_characters = max_characters
        self._monthly_tokens = monthly_tokens
        self._flights: SingleFlight[Done] = SingleFlight()

    async def open_message(
        self,
        principal: Principal,
        conversation_id: UUID,
        wish: SendMessage,
        claim: Claim | None,
    ) -> OpenTurn | Done:
        """Store what the person says; Done when this very request did so before and was answered.

        With a key (`claim`) the message's id follows from it and from what is said, so that whoever
        sends again after a crash finds the message instead of saying it twice.
        """
        if wish.content_type != ContentType.TEXT:
            raise ContentTypeUnsupported
        if len(wish.content) > self._max_characters:
            raise MessageTooLong(self._max_characters)
        is_withheld = speaks_of_self_harm(wish.content)
        if not is_withheld:  # it asks no model, and a person in distress is never sent away
            await self._advisor.admit(principal.user_id)
        said = Said(
            id=uuid4() if claim is None else _id_of(claim, conversation_id, wish.content),
            content=wish.content,
            metadata={"type": WITHHELD} if is_withheld else None,
            parent_message_id=wish.parent_message_id,
            title=UNTITLED if is_withheld else title_of(wish.content),
            untitled=UNTITLED,
        )
        act = Act(Actor.USER, Action.SEND, current_request_id())
        opened = await self._database.transact(
            lambda c: self._say(c, principal, conversation_id, said, act),
            acting_for(principal.user_id),
        )
        if is_withheld:
            metrics.withheld_texts.inc()
        return opened

    async def reopen(
        self, principal: Principal, conversation_id: UUID, message_id: UUID
    ) -> OpenTurn:
        """The turn of a message or of an answer, to be answered (once more)."""
        limit: FreeModelLimitReached | None = None
        try:
            await self._advisor.admit(principal.user_id)
        except FreeModelLimitReached as reached:
            limit = reached  # of no account for a message that no model reads
        act = Act(Actor.USER, Action.REGENERATE, current_request_id())
        return await self._database.transact(
            lambda c: self._reopen(c, principal, conversation_id, message_id, act, limit),
            acting_for(principal.user_id),
        )

    async def open_stream(
        self,
        principal: Principal,
        conversation_id: UUID,
        wish: SendMessage,
        claim: Claim | None,
        seen: Seen | None,
    ) -> OpenTurn | Done | Missing:
        """As `open_message`, or as `resume` for a client that comes back."""
        if seen is None:
            return await self.open_message(principal, conversation_id, wish, claim)
        return await self.resume(principal, conversation_id, seen)

    async def reopen_stream(
        self, principal: Principal, conversation_id: UUID, message_id: UUID, seen: Seen | None
    ) -> OpenTurn | Done | Missing:
        """As `reopen`, or as `resume` for a client that comes back."""
        if seen is None:
            return await self.reopen(principal, conversation_id, message_id)
        return await self.resume(principal, conversation_id, seen)

    async def resume(
        self, principal: Principal, conversation_id: UUID, seen: Seen
    ) -> OpenTurn | Done | Missing:
        """A stream that broke off: Done when the answer is there by now, the turn anew when only a
        part of it is.
        """
        found, turn = await self._database.transact(
            lambda c: repository.find_turn(c, principal.user_id, conversation_id, seen.message_id),
            acting_for(principal.user_id),
        )
        open_conversation(found, self._admission)
        said = _said_of(turn)
        answers = turn.answers if turn else ()
        kept = next((answer for answer in answers if answer.id == seen.answer_id), None)
        if kept is None:
            return Missing(principal, conversation_id, seen)
        if is_partial(kept):
            return await self.reopen(principal, conversation_id, said.id)
        return Done(said, kept)

    async def wait_for(self, missing: Missing) -> OpenTurn | Done:
        """The answer may be on its way: still written for a connection that nobody knows is dead,
        or just being stored. It is waited for as long as this process is at work on it, and
        RESUME_WAIT_S more, before a model is paid again.
        """
        seen = missing.seen
        waited_until = time.monotonic() + RESUME_WAIT_S
        while time.monotonic() < waited_until:
            await asyncio.sleep(RESUME_POLL_S)
            if self._answerer.is_under_way(seen.answer_id):
                waited_until = time.monotonic() + RESUME_WAIT_S
                continue
            found = await self.resume(missing.principal, missing.conversation_id, seen)
            if not isinstance(found, Missing):
                return found
        return await self.reopen(missing.principal, missing.conversation_id, seen.message_id)

    async def send(
        self, principal: Principal, conversation_id: UUID, wish: SendMessage, claim: Claim | None
    ) -> TurnAnswer:
        """The message and its answer. Goes on when the client leaves: the answer is in the list."""
        opened = await self.open_message(principal, conversation_id, wish, claim)
        return answer_of(opened if isinstance(opened, Done) else await self._whole(opened))

    async def regenerate(
        self, principal: Principal, conversation_id: UUID, message_id: UUID
    ) -> Regenerated:
        """A new answer; the one before it is kept, and named by the new one's metadata."""
        return regenerated_of(
            await self._whole(await self.reopen(principal, conversation_id, message_id))
        )

    def stream(self, turn: OpenTurn) -> Answering:
        """The answer as it comes; who stops reading closes it, and the model is asked no more."""
        return self._answerer.answer(turn)

    async def drain(self, timeout_s: float) -> None:
        """Let answers that somebody waits for finish, for a shutdown."""
        await self._flights.drain(timeout_s)
        await self._answerer.drain(timeout_s)

    async def _whole(self, turn: OpenTurn) -> Done:
        """Two taps, one answer: whoever asks for the same while it is made gets the same."""
        replaced = turn.replaces and turn.replaces.id
        return await self._flights.run(f"{turn.said.id} {replaced}", lambda: self._ask(turn))

    async def _ask(self, turn: OpenTurn) -> Done:
        async with aclosing(self._answerer.answer(turn)) as items:
            async for item in items:
                if isinstance(item, Done):
                    return item
        raise AssertionError("an answer ends with Done or an error")

    def _say(
        self,
        connection: Connection,
        principal: Principal,
        conversation_id: UUID,
        said: Said,
        act: Act,
    ) -> OpenTurn | Done:
        user_id = principal.user_id
        caller, conversation, used = self._start(
            connection, user_id, conversation_id, said.parent_message_id
        )
        if not said.is_withheld:
            self._refuse_beyond_budget(used)
        stored = repository.say(connection, user_id, conversation_id, said, act)
        if stored is not None:
            return OpenTurn(caller, conversation, stored)
        _, turn = repository.find_turn(connection, user_id, conversation_id, said.id)
        if turn is None or turn.said is None:
            raise ConversationNotFound
        if turn.best is not None and not is_partial(turn.best):
            return Done(turn.said, turn.best)
        return OpenTurn(caller, conversation, turn.said, turn.best)

    def _reopen(
        self,
        connection: Connection,
        principal: Principal,
        conversation_id: UUID,
        message_id: UUID,
        act: Act,
        limit: FreeModelLimitReached | None,
    ) -> OpenTurn:
        user_id = principal.user_id
        caller, conversation, used = self._start(connection, user_id, conversation_id)
        _, turn = repository.find_turn(connection, user_id, conversation_id, message_id)
        opened = OpenTurn(caller, conversation, _said_of(turn), turn.best if turn else None)
        if not opened.is_withheld:
            if limit is not None:
                raise limit
            self._refuse_beyond_budget(used)
        repository.note_regenerated(connection, user_id, opened.said.id, act)
        return opened

    def _start(
        self,
        connection: Connection,
        user_id: UUID,
        conversation_id: UUID,
        parent_id: UUID | None = None,
    ) -> tuple[Caller, ConversationRow, int]:
        """Who asks, where, and the tokens that they have used this month; refuses who may not."""
        now = self._clock().astimezone(UTC)
        month, _ = month_of(now.year, now.month)
        start = find_turn_start(connection, user_id, conversation_id, month, parent_id)
        caller, conversation = open_conversation(start.found, self._admission)
        if start.parent_is_here is False:
            raise ParentMessageElsewhere
        return caller, conversation, start.tokens_used

    def _refuse_beyond_budget(self, used: int) -> None:
        if 0 < self._monthly_tokens <= used:
            now = self._clock().astimezone(UTC)
            _, next_month = month_of(now.year, now.month)
            raise TokenBudgetExceeded(int((next_month - now).total_seconds()) + 1)


def _id_of(claim: Claim, conversation_id: UUID, content: str) -> UUID:
    """The same for the same message only: a key may come again for another one after a day."""
    return uuid5(claim.user_id, f"{claim.key}\n{conversation_id}\n{content}")


def _said_of(turn: Turn | None) -> MessageRow:
    if turn is None:
        raise MessageNotFound
    if turn.said is None:
        raise MessageWithoutQuestion
    return turn.said
