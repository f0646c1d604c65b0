"""Which language model the process uses: wiring only."""

import structlog

from app.career_profile.ikigai import content_writer, scorer
from app.career_profile.results import narrator, personality_writer
from app.chat.advisor import composer
from app.chat.advisor.advisor import Advisor, AdvisorConfig
from app.chat.advisor.fallback_chain import chain_of
from app.chat.assessment import welcome
from app.core.rate_limits import RateLimiter
from app.core.settings import Settings
from app.llm.ledger import Observe
from app.llm.measured import MeasuredModel
from app.llm.offline import OFFLINE_MODEL, OfflineModel
from app.llm.port import LanguageModel, Purpose

logger = structlog.get_logger()


def model_name(settings: Settings) -> str:
    """The model that is asked first."""
    offline = settings.openrouter_api_key is None
    return OFFLINE_MODEL if offline else settings.openrouter_model


def build_model(settings: Settings, observe: Observe = lambda _: None) -> LanguageModel:
    """OpenRouter with a key, else the offline model; both say so in the log.

    `observe` is told of every HTTP attempt.
    """
    if settings.openrouter_api_key is None:
        logger.warning("offline_model", reason="OPENROUTER_API_KEY is not set")
        return OfflineModel(
            {
                Purpose.CONTENT: content_writer.answer_offline,
                Purpose.SCORING: scorer.answer_offline,
                Purpose.NARRATIVE: narrator.answer_offline,
                Purpose.PERSONALITY: personality_writer.answer_offline,
                Purpose.CHAT: composer.answer_offline,
                Purpose.WELCOME: welcome.answer_offline,
            }
        )
    # With it comes the HTTP client, a tenth of all that is imported.
    from app.llm.openrouter import OpenRouterConfig, OpenRouterModel

    next_key = settings.openrouter_api_key_next
    return OpenRouterModel(
        OpenRouterConfig(
            base_url=settings.openrouter_base_url,
            api_key=settings.openrouter_api_key.get_secret_value(),
            api_key_next=next_key.get_secret_value() if next_key else None,
            models=(settings.openrouter_model, *settings.openrouter_fallback_models),
            site_url=settings.openrouter_site_url,
            app_name=settings.openrouter_app_name,
            retry_delay_s=settings.llm_retry_delay_s,
            max_in_flight=settings.llm_max_in_flight,
        ),
        observe=observe,
    )


def measured(model: LanguageModel, settings: Settings) -> LanguageModel:
    """Counts what passes through the port; failures under the name of the model asked first."""
    return MeasuredModel(model, model_name(settings))


def build_advisor(settings: Settings, model: LanguageModel, limiter: RateLimiter) -> Advisor:
    """The chat's chain of models; without a key the offline model is all of it."""
    paid = None if settings.use_free_models_only else settings.emergency_fallback_model
    chain = chain_of(settings.default_model, settings.fallback_model, paid)
    config = AdvisorConfig(
        models=(OFFLINE_MODEL,) if settings.openrouter_api_key is None else chain,
        deadline_s=settings.chat_deadline_s,
        first_token_s=settings.chat_first_token_s,
        interim_after_s=settings.chat_interim_after_s,
        max_tokens=settings.max_tokens,
        temperature=settings.temperature,
    )
    return Advisor(model, config, limiter)
