"""The conversations of a person: open, find, change, delete."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from app.chat import suggested
from app.chat.assessment.welcome import suggestions_of
from app.chat.audit.entry import Act
from app.chat.audit.models import Action, Actor
from app.chat.conversations import cursor, repository
from app.chat.conversations.access import open_conversation
from app.chat.conversations.cursor import Position
from app.chat.conversations.models import ConversationStatus
from app.chat.conversations.repository import ConversationRow, NewConversation, Page
from app.chat.conversations.schemas import (
    ConversationDetail,
    ConversationItem,
    ConversationList,
    ConversationPagination,
    ConversationWithMessages,
    CreateConversation,
    CreatedConversation,
    DeletedConversations,
    Suggestions,
    UpdateConversation,
)
from app.chat.errors import ConversationNotFound
from app.chat.messages.repository import Bounds, find_suggestions, list_messages
from app.chat.messages.schemas import DEFAULT_MESSAGES
from app.chat.messages.service import item_of
from app.chat.row_security import acting_for
from app.core.database import Database
from app.core.logging import current_request_id
from app.core.security import Principal
from app.users.caller import Admission, admit
from app.users.repository import find_caller

UNTITLED = "Percakapan baru"  # until the first message gives it a better one


class ConversationService:
    """Use cases of a conversation as a whole."""

    def __init__(self, database: Database, admission: Admission) -> None:
        self._database = database
        self._admission = admission

    async def create(self, principal: Principal, wish: CreateConversation) -> CreatedConversation:
        new = NewConversation(
            principal.user_id, wish.title or UNTITLED, wish.context_type, wish.context_data
        )
        act = Act(Actor.USER, Action.CREATE, current_request_id())
        created = await self._database.transact(
            lambda c: self._create(c, new, act), acting_for(principal.user_id)
        )
        return CreatedConversation(
            id=created.id,
            title=created.title,
            context_type=created.context_type,
            created_at=created.created_at,
        )

    async def list_conversations(
        self,
        principal: Principal,
        status: ConversationStatus | None,
        after: str | None,
        offset: int,
        limit: int,
    ) -> ConversationList:
        """Newest activity first; `after` is the `next_cursor` of the page before, and stronger
        than `offset`.
        """
        position = None if after is None else cursor.decode(after)
        wanted = Page(status, position, offset, limit + 1)
        page = await self._database.read(
            lambda c: repository.list_conversations(c, principal.user_id, wanted),
            acting_for(principal.user_id),
        )
        admit(page.caller, self._admission)
        shown = page.conversations[:limit]
        last = shown[-1] if len(page.conversations) > limit else None
        return ConversationList(
            conversations=[ConversationItem(**_members(row)) for row in shown],
            total=page.total,
            pagination=ConversationPagination(
                limit=limit,
                offset=offset if position is None else 0,
                has_more=last is not None,
                next_cursor=cursor.encode(Position(last.updated_at, last.id)) if last else None,
            ),
        )

    async def read(self, principal: Principal, conversation_id: UUID) -> ConversationWithMessages:
        """A conversation with its newest messages; raises ConversationNotFound."""
        bounds = Bounds(DEFAULT_MESSAGES)
        page = await self._database.read(
            lambda c: list_messages(c, principal.user_id, conversation_id, bounds),
            acting_for(principal.user_id),
        )
        _, conversation = open_conversation(page.found, self._admission)
        return ConversationWithMessages(
            conversation=detail_of(conversation),
            messages=[item_of(message) for message in page.messages],
        )

    async def update(
        self, principal: Principal, conversation_id: UUID, wish: UpdateConversation
    ) -> ConversationDetail:
        """Changes what is given; raises ConversationNotFound. The status `deleted` deletes."""
        gone = wish.status is ConversationStatus.DELETED
        action = Action.DELETE if gone else Action.UPDATE
        changed = await self._change(principal, conversation_id, wish.changes, action)
        return detail_of(changed)

    async def delete(self, principal: Principal, conversation_id: UUID) -> DeletedConversations:
        """Soft: it is kept until the retention ends, and reads as absent."""
        gone = {"status": ConversationStatus.DELETED}
        await self._change(principal, conversation_id, gone, Action.DELETE)
        return DeletedConversations(deleted=1)

    async def suggestions(self, principal: Principal, conversation_id: UUID) -> Suggestions:
        """By the result that it knows today, else those of its welcome, or by its kind."""
        found, stored = await self._database.read(
            lambda c: find_suggestions(c, principal.user_id, conversation_id),
            acting_for(principal.user_id),
        )
        _, conversation = open_conversation(found, self._admission)
        return Suggestions(
            suggestions=list(
                suggestions_of(conversation.context_data)
                or stored
                or suggested.BY_CONTEXT[conversation.context_type]
            )
        )

    def _create(self, connection: Connection, new: NewConversation, act: Act) -> ConversationRow:
        admit(find_caller(connection, new.user_id), self._admission)
        return repository.insert_conversation(connection, new, act)

    async def _change(
        self,
        principal: Principal,
        conversation_id: UUID,
        changes: Mapping[str, Any],
        action: Action,
    ) -> ConversationRow:
        act = Act(Actor.USER, action, current_request_id())

        def change(connection: Connection) -> ConversationRow | None:
            admit(find_caller(connection, principal.user_id), self._admission)
            return repository.update_conversation(
                connection, principal.user_id, conversation_id, changes, act
            )

        changed = await self._database.transact(change, acting_for(principal.user_id))
        if changed is None:
            raise ConversationNotFound
        return changed


def detail_of(row: ConversationRow) -> ConversationDetail:
    context = None if row.context_data is None else dict(row.context_data)
    return ConversationDetail(**_members(row), context_data=context)


def _members(row: ConversationRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ConversationItem.model_fields}
