"""Which language model the process uses: wiring only."""

import structlog

from app.career_profile.ikigai import content_writer, scorer
from app.career_profile.results import narrator, personality_writer
from app.core.settings import Settings
from app.llm.ledger import Observe
from app.llm.measured import MeasuredModel
from app.llm.offline import OFFLINE_MODEL, OfflineModel
from app.llm.openrouter import OpenRouterConfig, OpenRouterModel
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
            }
        )
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
