"""Opens the conversation about a result: exactly one for each user and assessment.

Asked for by a job, by the person, by another service, by a message of an archive, often by
several at once: a unique index decides who opens it, and the others find it. The model speaks
between two transactions, never in one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import Enum, auto
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection

from app.chat.assessment import repository
from app.chat.assessment.about import read_about
from app.chat.assessment.assessment import Assessment, AssessmentSource
from app.chat.assessment.context import build_context
from app.chat.assessment.local.repository import is_kept
from app.chat.assessment.repository import Found, WelcomeMessage
from app.chat.assessment.welcome import title_of
from app.chat.assessment.welcome_writer import Welcome, WelcomeWriter
from app.chat.audit.entry import Act
from app.chat.audit.models import Action, Actor
from app.chat.conversations.repository import ConversationRow
from app.chat.messages.repository import WELCOME_TYPE, MessageRow
from app.chat.notifications.repository import publish
from app.chat.notifications.stages import chatbot_ready
from app.chat.own_data.repository import take_turns
from app.chat.row_security import acting_for
from app.core.database import Database
from app.core.single_flight import SingleFlight
from app.llm.port import Usage
from app.users.caller import Caller

COST_PLACES: Final = Decimal("0.000001")


class Result(Enum):
    OPENED = auto()  # by us
    THERE = auto()  # before, or by somebody faster
    DELETED = auto()  # by the person, and so it stays
    GONE = auto()  # no such user or assessment (any more)


@dataclass(frozen=True, slots=True)
class Wish:
    """`revives`: also when the person deleted it. `fills`: an empty one gets a welcome, too.

    `title`: what it is to be called; None: as it is called, and a new one after the result.
    """

    act: Act
    title: str | None = None
    with_welcome: bool = True
    revives: bool = False
    fills: bool = False


@dataclass(frozen=True, slots=True)
class Opened:
    """`conversation` is None when it is deleted or gone."""

    result: Result
    conversation: ConversationRow | None = None
    welcome: MessageRow | None = None


GONE: Final = Opened(Result.GONE)


class AssessmentOpener:
    def __init__(self, database: Database, source: AssessmentSource, writer: WelcomeWriter) -> None:
        self._database = database
        self._source = source
        self._writer = writer
        self._flights: SingleFlight[Opened] = SingleFlight()

    async def open(self, caller: Caller, assessment_id: str, wish: Wish) -> Opened:
        """The conversation, with today's context. Raises ArchiveUnavailable.

        Those who wish the same at the same time get the same, and one model call pays for all.
        """
        key = f"{caller.user_id} {assessment_id} {wish.revives} {wish.fills} {wish.with_welcome}"
        return await self._flights.run(key, lambda: self._open(caller, assessment_id, wish))

    async def drain(self, timeout_s: float) -> None:
        """Let what is being opened finish, for a shutdown."""
        await self._flights.drain(timeout_s)

    async def _open(self, caller: Caller, assessment_id: str, wish: Wish) -> Opened:
        user_id = caller.user_id
        assessment = await self._source.find(user_id, assessment_id)
        if assessment is None:
            return GONE
        found, stays_away = await self._database.read(
            lambda c: _look(c, user_id, assessment, wish), acting_for(user_id)
        )
        if stays_away:
            return Opened(Result.DELETED)
        context = build_context(assessment)
        welcome = None
        if _needs_welcome(found, wish):
            welcome = await self._writer.write(caller, context)
        opening = _Opening(user_id, assessment, context, welcome, wish)
        return await self._database.transact(lambda c: _store(c, opening), acting_for(user_id))


@dataclass(frozen=True, slots=True)
class _Opening:
    user_id: UUID
    assessment: Assessment
    context: Mapping[str, Any]
    welcome: Welcome | None
    wish: Wish


def _needs_welcome(found: Found | None, wish: Wish) -> bool:
    return wish.with_welcome and (found is None or (wish.fills and found.is_empty))


def _look(
    connection: Connection, user_id: UUID, assessment: Assessment, wish: Wish
) -> tuple[Found | None, bool]:
    """The conversation, and whether it stays away: the person deleted it, or erased all of theirs
    after the result was there. Then nobody but they bring it back.
    """
    found = repository.find_of_assessment(connection, user_id, assessment.assessment_id)
    if found is not None:
        return found, found.is_deleted and not wish.revives
    if wish.act.actor is Actor.USER:
        return None, False
    return None, repository.has_erased_since(connection, user_id, assessment.completed_at)


def _store(connection: Connection, opening: _Opening) -> Opened:
    """One transaction: conversation, welcome, its usage, the audit row, the news."""
    user_id, assessment = opening.user_id, opening.assessment
    take_turns(connection, user_id)
    if assessment.is_local and not is_kept(connection, user_id, assessment.assessment_id):
        return GONE
    if _look(connection, user_id, assessment, opening.wish)[1]:  # erased while the model spoke
        return Opened(Result.DELETED)
    title = opening.wish.title or title_of(read_about(opening.context))
    created = repository.insert_of_assessment(
        connection, user_id, assessment.assessment_id, title, opening.context
    )
    if created is not None:
        return _begin(connection, created, opening, Result.OPENED)
    found = repository.find_of_assessment(connection, user_id, assessment.assessment_id, lock=True)
    if found is None:
        return GONE
    if found.is_deleted and not opening.wish.revives:
        return Opened(Result.DELETED)
    return _renew(connection, found, opening)


def _renew(connection: Connection, found: Found, opening: _Opening) -> Opened:
    """The same assessment again: the context of today, the title that is wished, nothing twice."""
    wish, there = opening.wish, found.conversation
    title = wish.title or there.title
    welcome = opening.welcome if wish.fills and found.is_empty else None
    is_news = found.is_deleted or welcome is not None
    conversation = there
    if is_news or there.context_data != opening.context or there.title != title:
        renewed = repository.renew(connection, opening.user_id, there.id, title, opening.context)
        conversation = renewed or there
    elif wish.act.action is not Action.INITIALIZE:
        return Opened(Result.THERE, there, _welcome_of(connection, opening.user_id, there))
    is_asked = wish.act.action is Action.INITIALIZE
    act = wish.act if is_asked else replace(wish.act, action=Action.UPDATE)
    given = replace(opening, welcome=welcome, wish=replace(wish, act=act))
    return _begin(connection, conversation, given, Result.THERE, tells=is_news)


def _begin(
    connection: Connection,
    conversation: ConversationRow,
    opening: _Opening,
    result: Result,
    *,
    tells: bool = True,
) -> Opened:
    """The welcome, the audit row, and the news that the advisor is ready."""
    user_id = opening.user_id
    if opening.welcome is not None:
        message = _message_of(opening.welcome)
        repository.add_welcome(connection, user_id, conversation.id, message)
    repository.note(connection, user_id, conversation.id, opening.wish.act)
    if tells:
        ready = chatbot_ready(opening.assessment.assessment_id, str(conversation.id))
        publish(connection, user_id, ready)
    return Opened(result, conversation, _welcome_of(connection, user_id, conversation))


def _welcome_of(
    connection: Connection, user_id: UUID, conversation: ConversationRow
) -> MessageRow | None:
    return repository.find_welcome(connection, user_id, conversation.id)


def _message_of(welcome: Welcome) -> WelcomeMessage:
    answered = welcome.answered
    usage = answered.usage if answered else Usage()
    metadata: dict[str, Any] = {"type": WELCOME_TYPE, "suggestions": list(welcome.suggestions)}
    if answered is not None and not welcome.by_rule:
        metadata["model"] = answered.model
    return WelcomeMessage(
        content=welcome.text,
        metadata=metadata,
        model_used=answered.model[:100] if answered else None,
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens,
        cost_credits=Decimal(str(usage.cost)).quantize(COST_PLACES),
        is_free_model=answered.is_free if answered else True,
    )
