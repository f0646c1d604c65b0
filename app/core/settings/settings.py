"""All configuration of the process: the environment or `.env`, read once at start-up."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from app.core.settings.access import AccessSettings
from app.core.settings.archive import ArchiveSettings
from app.core.settings.chat import ChatSettings
from app.core.settings.chat_models import ChatModelSettings
from app.core.settings.database import DatabaseSettings
from app.core.settings.jobs import JobSettings
from app.core.settings.kinds import ConfigurationError, OptionalSecret
from app.core.settings.limits import RateLimitSettings
from app.core.settings.messaging import MessagingSettings
from app.core.settings.model import ModelSettings
from app.core.settings.notifications import NotificationSettings

PLACEHOLDERS = ("changeme", "change-me", "secret", "your-", "example", "placeholder", "ganti")
PRODUCTION_SECRETS = (
    "jwt_secret",
    "jwt_secret_previous",
    "internal_service_key",
    "internal_service_key_previous",
    "metrics_token",
    "openrouter_api_key",
    "openrouter_api_key_next",
    "db_password",
    "redis_password",
)
MIN_SECRET_BYTES = 32  # RFC 7518, 3.2: an HS256 key has at least the size of the hash


class AppEnv(StrEnum):
    LOCAL = "local"
    STAGING = "staging"
    PRODUCTION = "production"


class Settings(
    AccessSettings,
    ArchiveSettings,
    ChatSettings,
    ChatModelSettings,
    DatabaseSettings,
    JobSettings,
    MessagingSettings,
    ModelSettings,
    NotificationSettings,
    RateLimitSettings,
):
    """Names are the environment variables, upper case. Durations are seconds."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True)

    app_env: AppEnv = AppEnv.PRODUCTION
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    enable_metrics: bool = True
    metrics_token: OptionalSecret = None

    client_wait_s: Annotated[float, Field(gt=0)] = 18.0

    riasec_form: Literal["short", "full"] = "short"
    expansion_continue_below: Annotated[int, Field(ge=3, le=30)] = 15
    evidence_floor: Annotated[float, Field(ge=0, le=1)] = 0.15

    @property
    def is_local(self) -> bool:
        return self.app_env is AppEnv.LOCAL

    @property
    def requires_membership(self) -> bool:
        """Only local mode may leave it open, and then asks for none."""
        return bool(self.membership_required)

    def check_ready_to_serve(self) -> None:
        """Refuse to start half configured; raises ConfigurationError that names every gap."""
        gaps = [] if self.is_local else self._production_gaps()
        if gaps:
            raise ConfigurationError("; ".join(gaps))

    def _production_gaps(self) -> list[str]:
        gateway = self.auth_mode == "gateway"
        has_jwt_key = self.jwt_secret is not None or self.jwt_public_key is not None
        rules = (
            (gateway and self.internal_service_key is None, "INTERNAL_SERVICE_KEY must be set"),
            (not gateway and not has_jwt_key, "JWT_SECRET or JWT_PUBLIC_KEY must be set"),
            (not self._public_key_is_readable(), "JWT_PUBLIC_KEY is no PEM public key"),
            (self.membership_required is None, "MEMBERSHIP_REQUIRED must be true or false"),
            (self.database_dsn() is None, "DATABASE_URL or DB_HOST must be set"),
        )
        return [gap for is_broken, gap in rules if is_broken] + self._weak_secrets()

    def _public_key_is_readable(self) -> bool:
        try:
            return bool(self.jwt_algorithms)
        except ValueError:
            return False

    def _weak_secrets(self) -> list[str]:
        gaps = []
        for name in PRODUCTION_SECRETS:
            secret: SecretStr | None = getattr(self, name)
            if secret is not None and _is_placeholder(secret.get_secret_value()):
                gaps.append(f"{name.upper()} still holds a placeholder")
        if self.jwt_secret and len(self.jwt_secret.get_secret_value().encode()) < MIN_SECRET_BYTES:
            gaps.append(f"JWT_SECRET must have at least {MIN_SECRET_BYTES} bytes")
        return gaps


def _is_placeholder(secret: str) -> bool:
    lowered = secret.lower()
    return len(set(lowered)) < 4 or any(lowered.startswith(word) for word in PLACEHOLDERS)
