"""What the worker does: every durable job's handler, from all domains. Wiring only."""

from functools import partial

from app.career_profile.ikigai.jobs import FINALIZE_SESSION
from app.career_profile.upkeep.repository import count_awaiting
from app.chat.assessment.jobs import MOST_ATTEMPTS, OPEN_CONVERSATION
from app.chat.events.outbox import ANNOUNCE
from app.chat.gauges.repository import count_conversations
from app.chat.wiring import Chat
from app.core.database import Database
from app.core.settings import Settings
from app.idempotency.service import purge_expired
from app.jobs.handlers import Handlers
from app.jobs.worker import JobWorker
from app.services import Services


def build_worker(
    settings: Settings, dsn: str, database: Database, services: Services, chat: Chat
) -> JobWorker:
    """A worker that knows every job; it begins when started."""
    handlers = build_handlers(services, database, chat)
    # Directly: a pooler in transaction mode would not pass on who waits for jobs.
    return JobWorker(settings, settings.database_direct_url or dsn, database, handlers)


def build_handlers(services: Services, database: Database, chat: Chat) -> Handlers:
    handlers = Handlers()
    upkeep = services.session_upkeep
    handlers.on(FINALIZE_SESSION, upkeep.finalize_session)
    assessments = chat.assessments
    handlers.on(
        OPEN_CONVERSATION,
        assessments.open_for_job,
        most_attempts=MOST_ATTEMPTS,
        given_up=assessments.tell_failed,
    )
    handlers.periodic("enqueue_unfinished_sessions", "*/5 * * * *", upkeep.enqueue_unfinished)
    handlers.periodic("expire_sessions", "23 * * * *", upkeep.expire_sessions)
    handlers.periodic("purge_idempotency_keys", "37 * * * *", partial(purge_expired, database))
    measure = chat.gauges.measure
    handlers.periodic("measure_conversations", "* * * * *", partial(measure, count_conversations))
    handlers.periodic("measure_sessions", "* * * * *", partial(measure, count_awaiting))
    handlers.periodic("purge_chat", "53 * * * *", chat.retention.purge)
    if chat.events is not None:
        handlers.on(ANNOUNCE, chat.events.announce)
    return handlers
