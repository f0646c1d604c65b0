"""How often one person may call a route."""

from pydantic_settings import BaseSettings

from app.core.settings.kinds import RateLimit


class RateLimitSettings(BaseSettings):
    """The names are those of rate_limits.Limit."""

    rate_limit_recommendation_start: RateLimit = "10/hour"
    rate_limit_fit_check_start: RateLimit = "20/hour"
    rate_limit_riasec_questions: RateLimit = "120/minute"
    rate_limit_session_questions: RateLimit = "60/minute"
    rate_limit_riasec_submit: RateLimit = "10/hour"
    rate_limit_riasec_result: RateLimit = "60/minute"
    rate_limit_ikigai_start: RateLimit = "10/hour"
    rate_limit_ikigai_content: RateLimit = "30/minute"
    rate_limit_ikigai_submit_dimension: RateLimit = "40/hour"
    rate_limit_ikigai_finalize: RateLimit = "40/hour"
    rate_limit_ikigai_dimensions: RateLimit = "120/minute"
    rate_limit_ikigai_result: RateLimit = "30/minute"
    rate_limit_recommendation_result: RateLimit = "30/minute"
    rate_limit_fit_check_result: RateLimit = "30/minute"
    rate_limit_personality_result: RateLimit = "30/minute"
    rate_limit_session_list: RateLimit = "60/minute"
    rate_limit_session_progress: RateLimit = "60/minute"
    rate_limit_export: RateLimit = "5/hour"
    rate_limit_delete_session: RateLimit = "10/hour"
    rate_limit_delete_all: RateLimit = "10/hour"
