"""The chat's use cases and routes, built from the settings: wiring only."""

from dataclasses import dataclass, replace

from fastapi import APIRouter, FastAPI

from app.chat.advisor.advisor import Advisor
from app.chat.conversations import router as conversations_router
from app.chat.conversations.service import ConversationService
from app.chat.gauges.service import GaugeService
from app.chat.messages import router as messages_router
from app.chat.messages.service import MessageService
from app.chat.notifications import router as notifications_router
from app.chat.notifications.hub import Hub
from app.chat.notifications.service import NotificationService
from app.chat.own_data import router as own_data_router
from app.chat.own_data.service import ChatDataService
from app.chat.turns import router as turns_router
from app.chat.turns.answering import TurnAnswerer
from app.chat.turns.service import TurnService
from app.chat.usage import router as usage_router
from app.chat.usage.service import UsageService
from app.core import health
from app.core.clock import Clock
from app.core.database import Database
from app.core.errors import ANY_ROUTE_ERRORS, BodyTooLarge, InternalError, responses
from app.core.settings import Settings
from app.users.caller import Admission

PREFIX = "/api/chat"
DRAIN_S = 20.0
ROUTERS: tuple[APIRouter, ...] = (
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

    conversations: ConversationService
    messages: MessageService
    turns: TurnService
    usage: UsageService
    own_data: ChatDataService
    gauges: GaugeService
    notifications: NotificationService

    async def drain(self) -> None:
        """Let answers that are being made finish, for a shutdown that loses nothing."""
        await self.turns.drain(DRAIN_S)


def build_chat(
    settings: Settings, dsn: str, database: Database, advisor: Advisor, clock: Clock
) -> Chat:
    """`dsn` is the database's; the hub of notifications runs as long as the application."""
    admission = Admission(settings.allowed_roles, settings.requires_membership)
    return Chat(
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
        gauges=GaugeService(database),
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
    )


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
