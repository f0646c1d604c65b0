"""What a turn begins with: who may ask, and what is stored of it."""

from datetime import UTC
from uuid import UUID

from sqlalchemy import Connection

from app.chat.advisor.errors import FreeModelLimitReached
from app.chat.audit.entry import Act
from app.chat.conversations.access import open_conversation
from app.chat.conversations.repository import ConversationRow
from app.chat.errors import (
    ConversationNotFound,
    MessageNotFound,
    MessageWithoutQuestion,
    ParentMessageElsewhere,
    TokenBudgetExceeded,
)
from app.chat.messages.repository import MessageRow
from app.chat.turns import repository
from app.chat.turns.opened import Done, OpenTurn, is_partial
from app.chat.turns.repository import Said, Turn
from app.chat.turns.start.repository import find_turn_start
from app.chat.usage.periods import month_of
from app.core.clock import Clock
from app.core.security import Principal
from app.users.caller import Admission, Caller


class TurnOpener:
    """Works in its caller's transaction. `monthly_tokens`: 0 for no budget."""

    def __init__(self, clock: Clock, admission: Admission, monthly_tokens: int) -> None:
        self._clock = clock
        self._admission = admission
        self._monthly_tokens = monthly_tokens

    def say(
        self,
        connection: Connection,
        principal: Principal,
        conversation_id: UUID,
        said: Said,
        act: Act,
    ) -> OpenTurn | Done:
        """As `TurnService.open_message`."""
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
        return answered(turn) or OpenTurn(caller, conversation, turn.said, turn.best)

    def reopen(
        self,
        connection: Connection,
        principal: Principal,
        conversation_id: UUID,
        message_id: UUID,
        act: Act,
        limit: FreeModelLimitReached | None,
    ) -> OpenTurn:
        """As `TurnService.reopen`; `limit` is raised unless no model reads the message."""
        user_id = principal.user_id
        caller, conversation, used = self._start(connection, user_id, conversation_id)
        _, turn = repository.find_turn(connection, user_id, conversation_id, message_id)
        opened = OpenTurn(caller, conversation, said_of(turn), turn.best if turn else None)
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


def answered(turn: Turn) -> Done | None:
    """The message and its answer, when that is whole."""
    if turn.said is None or turn.best is None or is_partial(turn.best):
        return None
    return Done(turn.said, turn.best)


def said_of(turn: Turn | None) -> MessageRow:
    """What the person said in it. Raises MessageNotFound, and MessageWithoutQuestion for a turn
    that the advisor opened.
    """
    if turn is None:
        raise MessageNotFound
    if turn.said is None:
        raise MessageWithoutQuestion
    return turn.said
