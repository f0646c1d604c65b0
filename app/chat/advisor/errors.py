"""What the advisor refuses."""

from app.core.errors import RateLimited


class FreeModelLimitReached(RateLimited):
    """So many questions in a minute that free models would be asked too often."""

    code = "free_model_limit_reached"
