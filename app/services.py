"""The use cases of the service, built from the settings: wiring only."""

from dataclasses import dataclass, replace

from app.career_profile.completion import OnCompleted
from app.career_profile.ikigai.answer_service import IkigaiAnswerService
from app.career_profile.ikigai.content_service import IkigaiContentService
from app.career_profile.ikigai.content_writer import ContentWriter
from app.career_profile.ikigai.finalizer import Finalizer
from app.career_profile.ikigai.lease.finisher import Finisher
from app.career_profile.ikigai.narrative_cache import NarrativeCache
from app.career_profile.ikigai.scorer import DimensionScorer
from app.career_profile.own_data.service import OwnDataService
from app.career_profile.results.narrator import RecommendationNarrator
from app.career_profile.results.personality_service import PersonalityService
from app.career_profile.results.personality_writer import PersonalityWriter
from app.career_profile.results.service import ResultService
from app.career_profile.riasec.instrument import FORMS, FormName
from app.career_profile.riasec.service import RiasecService
from app.career_profile.sessions.service import SessionService
from app.career_profile.upkeep.service import SessionUpkeep
from app.chat.assessment.jobs import open_when_completed
from app.chat.notifications.assessments import tell_progress
from app.core.cache import Cache
from app.core.clock import Clock
from app.core.database import Database
from app.core.redis import RedisLink
from app.core.settings import Settings
from app.core.work_leases import Leases
from app.idempotency.service import IdempotencyService
from app.language_model import model_name
from app.llm.budget import Budget
from app.llm.port import LanguageModel
from app.reference.loader import question_bank
from app.users.caller import Admission

DRAIN_S = 20.0
# Who is told of a completed session, in the transaction that completes it.
ON_COMPLETED: OnCompleted = (open_when_completed,)


@dataclass(frozen=True, slots=True)
class Services:
    """The use cases that the routers and the worker call."""

    sessions: SessionService
    riasec: RiasecService
    ikigai_content: IkigaiContentService
    ikigai_answers: IkigaiAnswerService
    results: ResultService
    personality: PersonalityService
    own_data: OwnDataService
    session_upkeep: SessionUpkeep

    async def drain(self) -> None:
        """Let work that outlived its request finish, for a shutdown that loses nothing."""
        for service in (self.ikigai_answers, self.ikigai_content, self.personality):
            await service.drain(DRAIN_S)


def build_finalizer(
    settings: Settings, database: Database, model: LanguageModel, clock: Clock
) -> Finalizer:
    return Finalizer(
        database,
        DimensionScorer(
            model, Budget(settings.llm_scoring_deadline_s, settings.llm_scoring_attempt_timeout_s)
        ),
        RecommendationNarrator(
            model,
            Budget(settings.llm_narrative_deadline_s, settings.llm_narrative_attempt_timeout_s),
        ),
        clock,
        settings.evidence_floor,
        ON_COMPLETED,
        tell_progress,
    )


def build_narratives(
    settings: Settings, model: LanguageModel, cache: Cache, redis: RedisLink | None
) -> NarrativeCache:
    """The narratives of the options, shared by all who use the same Redis."""
    budget = Budget(settings.llm_content_deadline_s, settings.llm_content_attempt_timeout_s)
    writer = ContentWriter(model, budget)
    return NarrativeCache(cache, Leases(redis), writer, budget, model_name(settings))


def build_kept_answers(settings: Settings, database: Database) -> IdempotencyService:
    """The first answers to requests with an Idempotency-Key."""
    admission = Admission(settings.allowed_roles, settings.requires_membership)
    return IdempotencyService(database, admission)


def build_riasec(
    settings: Settings, database: Database, clock: Clock, admission: Admission
) -> RiasecService:
    return RiasecService(
        database,
        question_bank(),
        clock,
        admission,
        settings.expansion_continue_below,
        ON_COMPLETED,
        tell_progress,
    )


def build_answers(
    settings: Settings, database: Database, finisher: Finisher, clock: Clock, admission: Admission
) -> IkigaiAnswerService:
    return IkigaiAnswerService(
        database,
        finisher,
        clock,
        admission,
        settings.client_wait_s,
        settings.finalize_job_delay_s,
        tell_progress,
    )


def build_services(
    settings: Settings,
    database: Database,
    model: LanguageModel,
    cache: Cache,
    narratives: NarrativeCache,
    clock: Clock,
) -> Services:
    admission = Admission(settings.allowed_roles, settings.requires_membership)
    about_writer = PersonalityWriter(
        model,
        Budget(settings.llm_personality_deadline_s, settings.llm_personality_attempt_timeout_s),
    )
    # Many people finish at once: their work waits for its turn, only new requests are refused.
    patient = database.patient()
    finalizer = build_finalizer(settings, patient, model, clock)
    finisher = Finisher(patient, finalizer, settings.finalize_lease_s)
    return Services(
        sessions=SessionService(
            database,
            question_bank(),
            FORMS[FormName(settings.riasec_form)],
            admission,
            settings.recommendation_token_cost,
        ),
        riasec=build_riasec(settings, database, clock, admission),
        ikigai_content=IkigaiContentService(
            database, cache, narratives, clock, admission, settings.client_wait_s
        ),
        ikigai_answers=build_answers(settings, database, finisher, clock, admission),
        results=ResultService(database, admission),
        personality=PersonalityService(
            database, cache, about_writer, model_name(settings), admission, settings.client_wait_s
        ),
        own_data=OwnDataService(database, cache, replace(admission, membership_required=False)),
        session_upkeep=SessionUpkeep(patient, finisher, clock, settings.session_expiry_days),
    )
