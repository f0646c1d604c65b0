"""Which models answer in the chat, and how long each may take."""

from typing import Annotated, Final, Self

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings

from app.core.settings.kinds import OptionalStr

FREE_SUFFIX: Final = ":free"


def is_free_model(model: str) -> bool:
    """Whether OpenRouter serves the model without a charge."""
    return model.endswith(FREE_SUFFIX)


class ChatModelSettings(BaseSettings):
    """The chain is default, fallback, emergency; the last only when paid models are allowed.

    Seconds: `chat_deadline_s` over the whole chain, `chat_first_token_s` for one model,
    `chat_interim_after_s` until a waiting person is told.
    """

    default_model: Annotated[str, Field(min_length=1)] = "qwen/qwen3-235b-a22b-07-25:free"
    fallback_model: OptionalStr = "meta-llama/llama-3.2-3b-instruct:free"
    emergency_fallback_model: OptionalStr = "openai/gpt-4o-mini"
    use_free_models_only: bool = True
    max_tokens: Annotated[int, Field(ge=1)] = 1000
    temperature: Annotated[float, Field(ge=0, le=2)] = 0.7
    chat_deadline_s: Annotated[float, Field(gt=0)] = 45.0
    chat_first_token_s: Annotated[float, Field(gt=0)] = 15.0
    chat_interim_after_s: Annotated[float, Field(gt=0)] = 10.0
    free_model_rate_limit_per_minute: Annotated[int, Field(ge=1)] = 20

    @property
    def rate_limit_free_model(self) -> str:
        """Calls of free models, in the notation of the other limits."""
        return f"{self.free_model_rate_limit_per_minute}/minute"

    @model_validator(mode="after")
    def _free_models_are_free(self) -> Self:
        named = {"DEFAULT_MODEL": self.default_model, "FALLBACK_MODEL": self.fallback_model}
        paid = [name for name, model in named.items() if model and not is_free_model(model)]
        if self.use_free_models_only and paid:
            raise ValueError(
                f"{' and '.join(paid)} must end in {FREE_SUFFIX} while USE_FREE_MODELS_ONLY is true"
            )
        return self
