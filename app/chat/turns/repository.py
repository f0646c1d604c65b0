"""Named statements of a turn: what is said, what the model reads, what it answers.

A turn has a number in its conversation; parallel sends get theirs one after the other under the
row lock of the conversation, for the length of one statement. Within a turn version 0 is what the
person said, 1, 2, ... are the answers; the newest whole one counts, of those that broke off the
newest when none is whole.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, Connection, Uuid, bindparam, select, text
from sqlalchemy.dialects.postgresql import JSONB

from app.chat.audit.entry import Act
from app.chat.conversations.repository import (
    CallerAndConversation,
    conversation_of,
    owned_conversation,
)
from app.chat.messages.models import ContentType, Message, SenderType
from app.chat.messages.repository import MessageRow
from app.core.rendered import Rendered
from app.users.repository import caller_of

OWNER: Final = bindparam("user_id", type_=Uuid)
TALK: Final = bindparam("conversation_id", type_=Uuid)
NAMED: Final = bindparam("message_id", type_=Uuid)
METADATA: Final = bindparam("metadata", type_=JSONB(none_as_null=True))
WITHHELD: Final = "withheld"  # metadata's type of a message that no model may read


@dataclass(frozen=True, slots=True)
class Said:
    """A person's message. `title` becomes the conversation's while that is still `untitled`."""

    id: UUID
    content: str
    metadata: Mapping[str, Any] | None
    parent_message_id: UUID | None
    title: str
    untitled: str

    @property
    def is_withheld(self) -> bool:
        """Whether no model may read it."""
        return (self.metadata or {}).get("type") == WITHHELD


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to the message `parent_message_id`, and what it took; costs in US dollars.

    `model_used` is None for what no model has said: it has no row of usage.
    """

    id: UUID
    content: str
    metadata: Mapping[str, Any] | None
    parent_message_id: UUID | None
    turn_number: int
    model_used: str | None
    prompt_tokens: int
    completion_tokens: int
    cost_credits: Decimal
    is_free_model: bool
    processing_time_ms: int


@dataclass(frozen=True, slots=True)
class Turn:
    """The message that opens a turn (None when the advisor did), and its answers: whole ones before
    those that broke off, then the newest first.
    """

    said: MessageRow | None
    answers: list[MessageRow]

    @property
    def best(self) -> MessageRow | None:
        """The answer that counts."""
        return self.answers[0] if self.answers else None


def _rendered(sql: str, *more: BindParameter[Any]) -> Rendered:
    return Rendered(lambda: text(sql).bindparams(OWNER, TALK, *more))


def message_named() -> tuple[ColumnElement[bool], ...]:
    """That a message is NAMED, of the conversation TALK, of OWNER."""
    return Message.user_id == OWNER, Message.conversation_id == TALK, Message.id == NAMED


SAY = _rendered(
    """
    WITH turn AS (
        UPDATE chat.conversations
        SET last_turn_number = last_turn_number + 1, updated_at = now(), status = 'active',
            title = CASE WHEN title = :untitled THEN :title ELSE title END
        WHERE user_id = :user_id AND id = :conversation_id AND status <> 'deleted'
        RETURNING id, user_id, last_turn_number
    ), m AS (
        INSERT INTO chat.messages (id, conversation_id, user_id, sender_type, content, metadata,
            parent_message_id, turn_number, version)
        SELECT CAST(:id AS uuid), id, user_id, 'user', :content, CAST(:metadata AS jsonb),
            CAST(:parent_message_id AS uuid),
            last_turn_number, 0
        FROM turn
        ON CONFLICT (id) DO NOTHING
        RETURNING *
    ), audited AS (
        INSERT INTO chat.audit_log (user_id, actor, action, object, request_id)
        SELECT user_id, :actor, :action, 'message:' || id, :request_id FROM m
    )
    SELECT m.* FROM m
    """,
    METADATA,
)


def say(
    connection: Connection, user_id: UUID, conversation_id: UUID, said: Said, act: Act
) -> MessageRow | None:
    """Store what a person says as the next turn; None when there is no such conversation, or the
    message of this id is there already. Who speaks in an archived conversation takes it out again.

    Parallel sends wait for each other's commit here: nothing slow may follow in the transaction.
    """
    values = {"user_id": user_id, "conversation_id": conversation_id, **asdict(said), **asdict(act)}
    row = SAY.first(connection, **values)
    return None if row is None else _message_of(row)


HISTORY = _rendered(
    """
    SELECT m.* FROM chat.messages m
    WHERE m.user_id = :user_id AND m.conversation_id = :conversation_id
        AND m.turn_number <= :up_to_turn
        AND (m.version = 0 OR NOT EXISTS (
            SELECT FROM chat.messages better
            WHERE better.conversation_id = m.conversation_id
                AND better.turn_number = m.turn_number AND better.version > 0
                AND (better.metadata @> '{"is_partial": true}' IS NOT TRUE, better.version)
                    > (m.metadata @> '{"is_partial": true}' IS NOT TRUE, m.version)))
    ORDER BY m.turn_number DESC, m.version DESC
    LIMIT :limit
    """
)


def read_history(
    connection: Connection, user_id: UUID, conversation_id: UUID, up_to_turn: int, limit: int
) -> list[MessageRow]:
    """The newest messages first, of answers only those that count."""
    values = {
        "user_id": user_id,
        "conversation_id": conversation_id,
        "up_to_turn": up_to_turn,
        "limit": limit,
    }
    return [_message_of(row) for row in HISTORY.all(connection, **values)]


# The loser of two answers to one turn finds its version taken and asks again: by then it sees
# the winner's row. An answer that is stored once more, because nobody knew whether the first time
# was committed, finds itself.
ANSWER = _rendered(
    """
    WITH talk AS (
        UPDATE chat.conversations SET updated_at = now()
        WHERE user_id = :user_id AND id = :conversation_id
        RETURNING id, user_id
    ), m AS (
        INSERT INTO chat.messages (id, conversation_id, user_id, sender_type, content, metadata,
            parent_message_id, turn_number, version)
        SELECT CAST(:id AS uuid), id, user_id, 'assistant', :content, CAST(:metadata AS jsonb),
            CAST(:parent_message_id AS uuid), :turn_number, (
                SELECT coalesce(max(version), 0) + 1 FROM chat.messages
                WHERE conversation_id = :conversation_id AND turn_number = :turn_number)
        FROM talk
        ON CONFLICT DO NOTHING
        RETURNING *
    ), used AS (
        INSERT INTO chat.usage_tracking (conversation_id, user_id, message_id, model_used,
            prompt_tokens, completion_tokens, total_tokens, cost_credits, is_free_model,
            processing_time_ms)
        SELECT conversation_id, user_id, id, :model_used, :prompt_tokens, :completion_tokens,
            :prompt_tokens + :completion_tokens, :cost_credits, :is_free_model,
            :processing_time_ms
        FROM m WHERE CAST(:model_used AS text) IS NOT NULL
    ), kept AS (
        SELECT * FROM m
        UNION ALL
        SELECT * FROM chat.messages WHERE user_id = :user_id AND id = CAST(:id AS uuid)
    )
    SELECT kept.* FROM talk LEFT JOIN kept ON true
    """,
    METADATA,
)


def answer(
    connection: Connection, user_id: UUID, conversation_id: UUID, given: Answer
) -> MessageRow | None:
    """Store an answer as the newest version of its turn, with its usage, and move the conversation
    up the list; None when the conversation is gone. One that was deleted meanwhile keeps it.
    """
    values = {"user_id": user_id, "conversation_id": conversation_id, **asdict(given)}
    while (row := ANSWER.first(connection, **values)) is not None:
        if row.id is not None:
            return _message_of(row)
    return None


def find_turn(
    connection: Connection, user_id: UUID, conversation_id: UUID, message_id: UUID
) -> tuple[CallerAndConversation, Turn | None]:
    """Caller, own conversation, and all of the turn that the message belongs to; None when the
    conversation has no such message.
    """
    row = TURN_OF_MESSAGE.first(
        connection, user_id=user_id, conversation_id=conversation_id, message_id=message_id
    )
    found = CallerAndConversation(caller_of(row), conversation_of(row))
    if row is None or found.conversation is None or row.turn is None:
        return found, None
    rows = TURN.all(connection, user_id=user_id, conversation_id=conversation_id, turn=row.turn)
    messages = [_message_of(message) for message in rows]
    said = next((message for message in messages if message.version == 0), None)
    return found, Turn(said, [message for message in messages if message.version > 0])


def _turn_of_message() -> Any:
    turn = select(Message.turn_number).where(*message_named()).scalar_subquery()
    return owned_conversation(OWNER, TALK, turn.label("turn"))


TURN_OF_MESSAGE = Rendered(_turn_of_message)

TURN = _rendered(
    """
    SELECT m.* FROM chat.messages m
    WHERE m.user_id = :user_id AND m.conversation_id = :conversation_id AND m.turn_number = :turn
    ORDER BY m.metadata @> '{"is_partial": true}' IS TRUE, m.version DESC
    """
)


NOTE_REGENERATED = text(
    """
    INSERT INTO chat.audit_log (user_id, actor, action, object, request_id)
    VALUES (:user_id, :actor, :action, :object, :request_id)
    """
)


def note_regenerated(connection: Connection, user_id: UUID, said_id: UUID, act: Act) -> None:
    """That an answer to this message was asked for once more."""
    values = {"user_id": user_id, "object": f"message:{said_id}", **asdict(act)}
    connection.execute(NOTE_REGENERATED, values)


def _message_of(row: Any) -> MessageRow:
    return MessageRow(
        id=row.id,
        conversation_id=row.conversation_id,
        sender_type=SenderType(row.sender_type),
        content=row.content,
        content_type=ContentType(row.content_type),
        metadata=row.metadata,
        parent_message_id=row.parent_message_id,
        turn_number=row.turn_number,
        version=row.version,
        created_at=row.created_at,
    )
