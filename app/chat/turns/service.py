"""A turn: a person's message is stored, the model is asked, its answer is stored."""

import asyncio
import time
from contextlib import aclosing
from typing import Final
from uuid import UUID, uuid4, uuid5

from app.chat.advisor.advisor import Advisor
from app.chat.advisor.errors import FreeModelLimitReached
from app.chat.audit.entry import Act
from app.chat.audit.models import Action, Actor
from app.chat.conversations.access import open_conversation
from app.chat.conversations.service import UNTITLED
from app.chat.errors import (
    ContentTypeUnsupported,
    MessageTooLong,
)
from app.chat.messages.models import ContentType
from app.chat.row_security import acting_for
from app.chat.turns import repository
from app.chat.turns.answering import TurnAnswerer
from app.chat.turns.opened import (
    Answering,
    Done,
    Missing,
    OpenTurn,
    Seen,
    is_partial,
    is_whole_after,
)
from app.chat.turns.opening import TurnOpener, answered, said_of
from app.chat.turns.rendering import answer_of, regenerated_of
from app.chat.turns.repository import WITHHELD, Said
from app.chat.turns.schemas import Regenerated, SendMessage, TurnAnswer
from app.chat.turns.titles import title_of
from app.core import metrics
from app.core.clock import Clock
from app.core.database import Database
from app.core.idempotency import Claim
from app.core.logging import current_request_id
from app.core.security import Principal
from app.core.single_flight import SingleFlight
from app.llm.withheld import speaks_of_self_harm
from app.users.caller import Admission

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
        self._admission = admission
        self._opener = TurnOpener(clock, admission, monthly_tokens)
        self._max_characters = max_characters
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
        message_id = uuid4() if claim is None else _id_of(claim, conversation_id, wish.content)
        if claim is not None and claim.repeats_since is not None:
            done = await self._find_answered(principal, conversation_id, message_id)
            if done is not None:  # no model is asked: no limit of theirs holds
                return done
        said = _said_as(message_id, wish)
        if not said.is_withheld:  # it asks no model, and a person in distress is never sent away
            await self._advisor.admit(principal.user_id)
        act = Act(Actor.USER, Action.SEND, current_request_id())
        opened = await self._database.transact(
            lambda c: self._opener.say(c, principal, conversation_id, said, act),
            acting_for(principal.user_id),
        )
        if said.is_withheld:
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
            lambda c: self._opener.reopen(c, principal, conversation_id, message_id, act, limit),
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
        """A stream that broke off: Done when the answer is there by now, or a whole one that was
        begun after it; the turn anew when only a part is there and nobody is at work on the rest.
        """
        found, turn = await self._database.transact(
            lambda c: repository.find_turn(c, principal.user_id, conversation_id, seen.message_id),
            acting_for(principal.user_id),
        )
        open_conversation(found, self._admission)
        said = said_of(turn)
        answers = turn.answers if turn else ()
        kept = next((answer for answer in answers if answer.id == seen.answer_id), None)
        if kept is None:
            return Missing(principal, conversation_id, seen, seen.answer_id)
        if not is_partial(kept):
            return Done(said, kept)
        if turn and turn.best and is_whole_after(kept, turn.best):
            return Done(said, turn.best)
        if self._answerer.is_under_way(said.id):
            return Missing(principal, conversation_id, seen, said.id)
        return await self.reopen(principal, conversation_id, said.id)

    async def wait_for(self, missing: Missing) -> OpenTurn | Done:
        """The answer may be on its way: still written for a connection that nobody knows is dead,
        or just being stored. It is waited for as long as this process is at work on it, and
        RESUME_WAIT_S more, before a model is paid again.
        """
        waited_until = time.monotonic() + RESUME_WAIT_S
        while time.monotonic() < waited_until:
            await asyncio.sleep(RESUME_POLL_S)
            if self._answerer.is_under_way(missing.awaited_id):
                waited_until = time.monotonic() + RESUME_WAIT_S
                continue
            found = await self.resume(missing.principal, missing.conversation_id, missing.seen)
            if not isinstance(found, Missing):
                return found
            missing = found
        return await self.reopen(
            missing.principal, missing.conversation_id, missing.seen.message_id
        )

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

    async def _find_answered(
        self, principal: Principal, conversation_id: UUID, message_id: UUID
    ) -> Done | None:
        found, turn = await self._database.read(
            lambda c: repository.find_turn(c, principal.user_id, conversation_id, message_id),
            acting_for(principal.user_id),
        )
        open_conversation(found, self._admission)
        return None if turn is None else answered(turn)

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


def _id_of(claim: Claim, conversation_id: UUID, content: str) -> UUID:
    """The same for the same message only: a key may come again for another one after a day."""
    return uuid5(claim.user_id, f"{claim.key}\n{conversation_id}\n{content}")


def _said_as(message_id: UUID, wish: SendMessage) -> Said:
    is_withheld = speaks_of_self_harm(wish.content)
    return Said(
        id=message_id,
        content=wish.content,
        metadata={"type": WITHHELD} if is_withheld else None,
        parent_message_id=wish.parent_message_id,
        title=UNTITLED if is_withheld else title_of(wish.content),
        untitled=UNTITLED,
    )
