"""From a result to a conversation about it: with no one asking, or because somebody did."""

from typing import Final
from uuid import UUID

import structlog
from sqlalchemy import Connection

from app.chat.assessment import repository
from app.chat.assessment.assessment import Assessment, AssessmentSource
from app.chat.assessment.context import build_context
from app.chat.assessment.errors import AssessmentNotFound, ConversationDeleted, PersonNotFound
from app.chat.assessment.opener import GONE, AssessmentOpener, Opened, Result, Wish
from app.chat.assessment.schemas import (
    AddedContext,
    AssessmentConversation,
    AssessmentReady,
    AutoInitialize,
    AutoInitialized,
    ConversationFromAssessment,
    FromAssessment,
    Initialize,
    Initialized,
)
from app.chat.assessment.welcome import suggestions_of
from app.chat.audit.entry import Act
from app.chat.audit.models import Action, Actor
from app.chat.conversations.models import ContextType
from app.chat.conversations.repository import ConversationRow, update_conversation
from app.chat.conversations.service import detail_of
from app.chat.errors import ConversationNotFound
from app.chat.messages.repository import Bounds, MessageRow, list_messages
from app.chat.messages.schemas import DEFAULT_MESSAGES
from app.chat.messages.service import item_of
from app.chat.notifications.repository import publish
from app.chat.notifications.stages import assessment_failed
from app.chat.row_security import acting_for
from app.core.database import Database
from app.core.logging import current_request_id
from app.core.security import Principal
from app.users.caller import Admission, Caller, admit
from app.users.repository import find_caller

logger = structlog.get_logger()

READY: Final = "Penasihat kariermu sudah siap. Yuk, ngobrol tentang hasilmu."


class AssessmentService:
    """Use cases around the conversation about a result."""

    def __init__(
        self,
        database: Database,
        source: AssessmentSource,
        opener: AssessmentOpener,
        admission: Admission,
    ) -> None:
        self._database = database
        self._source = source
        self._opener = opener
        self._admission = admission

    async def open_for_job(self, user_id: str, session_token: str) -> None:
        """What the durable job does; a user or session that is gone ends it quietly."""
        caller = await self._find(UUID(user_id))
        wish = Wish(Act(Actor.WORKER, Action.INITIALIZE))
        opened = await self._opener.open(caller, session_token, wish) if caller else GONE
        _log("job", opened)

    async def tell_failed(self, user_id: str, session_token: str) -> None:
        """The job has given up: the person can ask for it."""
        owner = UUID(user_id)
        news = assessment_failed(session_token)
        await self._database.transact(lambda c: publish(c, owner, news), acting_for(owner))

    async def from_assessment(
        self, principal: Principal, asked: FromAssessment
    ) -> tuple[ConversationFromAssessment, bool]:
        """The conversation about a result, and whether it was opened just now."""
        caller = await self._admit(principal)
        assessment_id = asked.assessment_id or await self._latest_id(principal.user_id)
        wish = Wish(
            self._act(Action.CREATE),
            title=asked.title,
            with_welcome=asked.auto_start_message,
            fills=True,
        )
        opened = await self._opener.open(caller, assessment_id, wish)
        conversation = _conversation_of(opened)
        response = ConversationFromAssessment(
            conversation=detail_of(conversation),
            initial_message=None if opened.welcome is None else item_of(opened.welcome),
            suggestions=list(suggestions_of(conversation.context_data)),
        )
        return response, opened.result is Result.OPENED

    async def add_context(
        self, principal: Principal, conversation_id: UUID, assessment_id: str
    ) -> AddedContext:
        """Let an own conversation know a result; it stays the conversation that it is."""
        await self._admit(principal)
        assessment = await self._source.find(principal.user_id, assessment_id)
        if assessment is None:
            raise AssessmentNotFound
        context = build_context(assessment)
        changes = {"context_data": context, "context_type": ContextType.ASSESSMENT}
        changed = await self._database.transact(
            lambda c: update_conversation(
                c, principal.user_id, conversation_id, changes, self._act(Action.UPDATE)
            ),
            acting_for(principal.user_id),
        )
        if changed is None:
            raise ConversationNotFound
        return AddedContext(context_added=True, assessment_data=context)

    async def ready(self, principal: Principal | None, user_id: UUID) -> AssessmentReady:
        """Whether there is something to talk about; without a principal a service of ours asks."""
        if principal is not None:
            await self._admit(principal)
            if principal.user_id != user_id:
                raise PersonNotFound
        elif await self._find(user_id) is None:
            raise PersonNotFound
        assessment = await self._source.latest(user_id)
        return await self._ready(user_id, assessment)

    async def auto_initialize(self, asked: AutoInitialize) -> AutoInitialized:
        """As the job does, for a service of ours that waits for it."""
        caller = await self._find(asked.user_id)
        if caller is None:
            raise PersonNotFound
        wish = Wish(Act(Actor.SERVICE, Action.INITIALIZE, current_request_id()))
        opened = await self._opener.open(caller, asked.assessment_id, wish)
        _log(asked.trigger_source, opened)
        if opened.result is Result.GONE:
            raise AssessmentNotFound
        conversation = opened.conversation
        return AutoInitialized(
            conversation_id=None if conversation is None else conversation.id,
            ready=conversation is not None,
            initial_suggestions=list(
                suggestions_of(conversation.context_data) if conversation else ()
            ),
        )

    async def conversation(
        self, principal: Principal, assessment_id: str
    ) -> AssessmentConversation:
        """The own conversation about this result, if there is one."""
        user_id = principal.user_id

        def find(connection: Connection) -> tuple[ConversationRow, list[MessageRow]] | None:
            admit(find_caller(connection, user_id), self._admission)
            found = repository.find_of_assessment(connection, user_id, assessment_id)
            if found is None or found.is_deleted:
                return None
            talk = found.conversation
            page = list_messages(connection, user_id, talk.id, Bounds(DEFAULT_MESSAGES))
            return talk, page.messages

        there = await self._database.read(find, acting_for(user_id))
        if there is None:
            return AssessmentConversation(exists=False, conversation=None, messages=None)
        conversation, messages = there
        return AssessmentConversation(
            exists=True,
            conversation=detail_of(conversation),
            messages=[item_of(message) for message in messages],
        )

    async def initialize(
        self, principal: Principal, assessment_id: str, asked: Initialize
    ) -> Initialized:
        """Open it because the person asks: also one that they deleted, or that is empty."""
        caller = await self._admit(principal)
        wish = Wish(self._act(Action.INITIALIZE), revives=True, fills=True)
        _log(asked.trigger_source, opened := await self._opener.open(caller, assessment_id, wish))
        _conversation_of(opened)
        return Initialized(success=True, message=READY)

    async def drain(self, timeout_s: float) -> None:
        """Let what is being opened finish, for a shutdown."""
        await self._opener.drain(timeout_s)
        await self._source.aclose()

    async def _ready(self, user_id: UUID, assessment: Assessment | None) -> AssessmentReady:
        found = None
        if assessment is not None:
            found = await self._database.read(
                lambda c: repository.find_of_assessment(c, user_id, assessment.assessment_id),
                acting_for(user_id),
            )
        exists = found is not None and not found.is_deleted
        return AssessmentReady(
            has_assessment=assessment is not None,
            assessment_date=assessment.completed_at if assessment else None,
            assessment_id=assessment.assessment_id if assessment else None,
            conversation_exists=exists,
            conversation_id=found.conversation.id if found and exists else None,
            ready_for_chatbot=assessment is not None,
        )

    async def _latest_id(self, user_id: UUID) -> str:
        latest = await self._source.latest(user_id)
        if latest is None:
            raise AssessmentNotFound
        return latest.assessment_id

    async def _find(self, user_id: UUID) -> Caller | None:
        return await self._database.read(lambda c: find_caller(c, user_id))

    async def _admit(self, principal: Principal) -> Caller:
        return admit(await self._find(principal.user_id), self._admission)

    @staticmethod
    def _act(action: Action) -> Act:
        return Act(Actor.USER, action, current_request_id())


def _log(trigger: str, opened: Opened) -> None:
    logger.info(
        "assessment_conversation_asked_for", trigger=trigger, result=opened.result.name.lower()
    )


def _conversation_of(opened: Opened) -> ConversationRow:
    if opened.result is Result.DELETED:
        raise ConversationDeleted
    if opened.conversation is None:
        raise AssessmentNotFound
    return opened.conversation
