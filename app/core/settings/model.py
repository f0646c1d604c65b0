"""Which language model is asked, how often, and how long it may take."""

from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings

from app.core.settings.kinds import CommaList, OptionalSecret, OptionalStr


class ModelSettings(BaseSettings):
    """OpenRouter and the budgets of the career profile's calls."""

    openrouter_api_key: OptionalSecret = None
    openrouter_api_key_next: OptionalSecret = None
    openrouter_base_url: str = "https://openrouter.ai/api/v1"
    openrouter_model: str = "google/gemini-2.5-flash"
    openrouter_fallback_models: CommaList = ()
    openrouter_site_url: OptionalStr = None
    openrouter_app_name: str = "Kenali Diri"
    llm_retry_delay_s: Annotated[float, Field(ge=0)] = 2.0
    llm_max_in_flight: Annotated[int, Field(ge=1)] = 1000
    llm_content_deadline_s: Annotated[float, Field(gt=0)] = 30.0
    llm_content_attempt_timeout_s: Annotated[float, Field(gt=0)] = 13.0
    llm_scoring_deadline_s: Annotated[float, Field(gt=0)] = 45.0
    llm_scoring_attempt_timeout_s: Annotated[float, Field(gt=0)] = 20.0
    llm_narrative_deadline_s: Annotated[float, Field(gt=0)] = 45.0
    llm_narrative_attempt_timeout_s: Annotated[float, Field(gt=0)] = 20.0
    llm_personality_deadline_s: Annotated[float, Field(gt=0)] = 30.0
    llm_personality_attempt_timeout_s: Annotated[float, Field(gt=0)] = 13.0
