"""The chat's use cases and routes, built from the settings: wiring only."""

from dataclasses import dataclass, replace

from fastapi import APIRouter, FastAPI

from app.chat.advisor.advisor import Advisor
from app.chat.assessment import router as assessment_router
from app.chat.assessment.local.source import LocalSource
from app.chat.assessment.opener import AssessmentOpener
from app.chat.assessment.service import AssessmentService
from app.chat.assessment.source import Sources
from app.chat.assessment.welcome_writer import WelcomeWriter
from app.chat.conversations import router as conversations_router
from app.chat.conversations.service import ConversationService
from app.chat.events.outbox import announce_all
from app.chat.events.service import EventService
from app.chat.gauges.service import GaugeService
from app.chat.messages import router as messages_router
from app.chat.messages.service import MessageService
from app.chat.notifications import router as notifications_router
from app.chat.notifications.hub import Hub
from app.chat.notifications.service import NotificationService
from app.chat.own_data import router as own_data_router
from app.chat.own_data.service import ChatDataService
from app.chat.retention.service import RetentionService
from app.chat.turns import router as turns_router
from app.chat.turns.answering import TurnAnswerer
from app.chat.turns.service import TurnService
from app.chat.usage import router as usage_router
from app.chat.usage.service import UsageService
from app.core import health
from app.core.clock import Clock
from app.core.database import Database
from app.core.errors import ANY_ROUTE_ERRORS, BodyTooLarge, InternalError, responses
from app.core.settings import ConfigurationError, Settings, reveal
from app.users.caller import Admission

PREFIX = "/api/chat"
DRAIN_S = 20.0
ROUTERS: tuple[APIRouter, ...] = (
    assessment_router.router,
    conversations_router.router,
    messages_router.router,
    turns_router.router,
    usage_router.router,
    notifications_router.router,
    own_data_router.router,
)


@dataclass(frozen=True, slots=True)
class Chat:
    """The use cases that the chat's routers call."""

    assessments: AssessmentService
    conversations: ConversationService
    messages: MessageService
    turns: TurnService
    usage: UsageService
    own_data: ChatDataService
    gauges: GaugeService
    notifications: NotificationService
    retention: RetentionService
    events: EventService | None

    def begin(self) -> None:
        """What runs beside the worker: the exchange with other services."""
        if self.events is not None:
            self.events.start()

    async def drain(self) -> None:
        """Let answers that are being made finish, for a shutdown that loses nothing."""
        await self.turns.drain(DRAIN_S)
        await self.assessments.drain(DRAIN_S)
        if self.events is not None:
            await self.events.broker.stop()


def build_chat(
    settings: Settings, dsn: str, database: Database, advisor: Advisor, clock: Clock
) -> Chat:
    """`dsn` is the database's; the hub of notifications runs as long as the application."""
    admission = Admission(settings.allowed_roles, settings.requires_membership)
    return Chat(
        assessments=build_assessments(settings, database, advisor, admission),
        conversations=ConversationService(database, admission),
        messages=MessageService(database, admission),
        turns=TurnService(
            database,
            advisor,
            TurnAnswerer(database, advisor, settings.max_conversation_history_tokens),
            clock,
            admission,
            max_characters=settings.max_message_length,
            monthly_tokens=settings.chat_monthly_token_budget,
        ),
        usage=UsageService(database, clock, admission),
        own_data=ChatDataService(database, replace(admission, membership_required=False)),
        gauges=GaugeService(database, clock),
        notifications=NotificationService(
            database,
            Hub(
                database,
                settings.database_direct_url or dsn,
                clock,
                settings.notification_streams_per_user,
            ),
            admission,
        ),
        retention=RetentionService(database, clock, settings.chat_retention_days),
        events=build_events(settings, database, clock),
    )


def build_assessments(
    settings: Settings, database: Database, advisor: Advisor, admission: Admission
) -> AssessmentService:
    """Our own results first, then those of the archive, if there is one."""
    archive = None
    if settings.archive_service_url is not None:
        from app.chat.assessment.archive.source import ArchiveSource

        key = reveal(settings.internal_service_key)
        archive = ArchiveSource(settings.archive_service_url, key, settings.archive_timeout_s)
    source = Sources(LocalSource(database), *([archive] if archive else []))
    opener = AssessmentOpener(database, source, WelcomeWriter(advisor))
    return AssessmentService(database, source, opener, admission)


def build_events(settings: Settings, database: Database, clock: Clock) -> EventService | None:
    """The exchange with other services; None, and nothing imported, without RABBITMQ_URL.

    Raises ConfigurationError when the extra that it needs is not installed.
    """
    url = reveal(settings.rabbitmq_url)
    if url is None:
        return None
    try:
        from app.chat.events.rabbitmq import Places, RabbitMQ
    except ModuleNotFoundError as error:
        raise ConfigurationError("RABBITMQ_URL needs the extra kenali-diri[rabbitmq]") from error
    places = Places(settings.exchange_name, settings.chat_queue_name, settings.routing_key)
    broker = RabbitMQ(url, places, settings.rabbitmq_prefetch, settings.rabbitmq_retry_delay_s)
    announce_all(database.engine)
    return EventService(database, broker, clock)


def include_chat(app: FastAPI) -> None:
    app.add_api_route(
        f"{PREFIX}/health",
        health.health,
        operation_id="get_chat_health",
        tags=["Operations"],
        responses={**health.HEALTH_ERRORS, **responses(BodyTooLarge, InternalError)},
    )
    for router in ROUTERS:
        app.include_router(router, prefix=PREFIX, responses=responses(*ANY_ROUTE_ERRORS))
