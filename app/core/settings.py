"""All configuration of the process: the environment or `.env`, read once at start-up."""

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import quote, urlsplit

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from limits import parse_many
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app.core.client_address import parse_networks

PLACEHOLDERS = ("changeme", "change-me", "secret", "your-", "example", "placeholder", "ganti")
PRODUCTION_SECRETS = (
    "jwt_secret",
    "jwt_secret_previous",
    "internal_service_key",
    "metrics_token",
    "openrouter_api_key",
    "openrouter_api_key_next",
    "db_password",
    "redis_password",
    "redis_password",
)
MIN_SECRET_BYTES = 32  # RFC 7518, 3.2: an HS256 key has at least the size of the hash


class ConfigurationError(Exception):
    """The settings do not fit together; the message names what is missing."""


class AppEnv(StrEnum):
    LOCAL = "local"
    STAGING = "staging"
    PRODUCTION = "production"


def _split(value: object) -> object:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _blank_is_none(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


CommaList = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
OptionalSecret = Annotated[SecretStr | None, BeforeValidator(_blank_is_none)]
OptionalStr = Annotated[str | None, BeforeValidator(_blank_is_none)]


def _is_redis_url(secret: SecretStr | None) -> SecretStr | None:
    if secret is not None:
        url = urlsplit(secret.get_secret_value())
        if url.scheme not in {"redis", "rediss", "unix"}:
            raise ValueError("must begin with redis://, rediss:// or unix://")
        _ = url.port  # raises ValueError unless it is a port
    return secret


def _is_limit(text: str) -> str:
    """One limit in the notation of `limits`, such as "10/hour" or "5 per 2 minutes"."""
    limits = parse_many(text)
    if len(limits) != 1 or limits[0].amount < 1:
        raise ValueError('must be one limit such as "10/hour", of at least 1')
    return text


def _are_networks(texts: tuple[str, ...]) -> tuple[str, ...]:
    parse_networks(texts)
    return texts


RateLimit = Annotated[str, AfterValidator(_is_limit)]
NetworkList = Annotated[CommaList, AfterValidator(_are_networks)]
RedisUrl = Annotated[OptionalSecret, AfterValidator(_is_redis_url)]


def reveal(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None


class Settings(BaseSettings):
    """Names are the environment variables, upper case. Durations are seconds."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True)

    app_env: AppEnv = AppEnv.PRODUCTION
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    enable_metrics: bool = True
    metrics_token: OptionalSecret = None

    database_url: OptionalStr = None
    db_host: OptionalStr = None
    db_port: int = 5432
    db_name: str = "kenali_diri"
    db_user: str = "kenali_diri"
    db_password: OptionalSecret = None
    db_pool_size: Annotated[int, Field(ge=1, le=100)] = 5
    db_max_overflow: Annotated[int, Field(ge=0, le=100)] = 0
    db_pool_timeout_s: Annotated[float, Field(gt=0)] = 2.0
    db_threads: Annotated[int, Field(ge=1, le=100)] = 5
    db_statement_timeout_s: Annotated[float, Field(gt=0)] = 10.0
    data_dir: Path = Path(".data")
    pg_bin: Annotated[Path | None, BeforeValidator(_blank_is_none)] = None

    redis_url: RedisUrl = None
    redis_host: OptionalStr = None
    redis_port: Annotated[int, Field(ge=1, le=65535)] = 6379
    redis_password: OptionalSecret = None

    auth_mode: Literal["jwt", "gateway"] = "jwt"
    jwt_secret: OptionalSecret = None
    jwt_secret_previous: OptionalSecret = None
    jwt_public_key: OptionalStr = None
    jwt_issuer: OptionalStr = None
    jwt_audience: OptionalStr = None
    allowed_roles: CommaList = ("USER", "EXPERT", "CLUB")
    membership_required: Annotated[bool | None, BeforeValidator(_blank_is_none)] = None
    recommendation_token_cost: Annotated[int, Field(ge=0)] = 0
    internal_service_key: OptionalSecret = None
    cors_origins: CommaList = ()

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
    client_wait_s: Annotated[float, Field(gt=0)] = 18.0

    riasec_form: Literal["short", "full"] = "short"
    expansion_continue_below: Annotated[int, Field(ge=3, le=30)] = 15
    evidence_floor: Annotated[float, Field(ge=0, le=1)] = 0.15

    # 6-api.md, "Routes"; the names are those of rate_limits.Limit.
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
    trusted_proxies: NetworkList = ()

    @property
    def is_local(self) -> bool:
        return self.app_env is AppEnv.LOCAL

    @property
    def requires_membership(self) -> bool:
        """Only local mode may leave it open, and then asks for none."""
        return bool(self.membership_required)

    @property
    def jwt_algorithms(self) -> list[str]:
        """Fixed by configuration, never by the token: one, that of the public key if there is one.

        Raises ValueError when the public key is no PEM.
        """
        if self.jwt_public_key is None:
            return ["HS256"]
        key = load_pem_public_key(self.jwt_public_key.encode())
        return ["ES256"] if isinstance(key, EllipticCurvePublicKey) else ["RS256"]

    def database_dsn(self) -> str | None:
        """DATABASE_URL, or one built of DB_*; None asks for the embedded PostgreSQL."""
        if self.database_url is not None:
            return self.database_url
        if self.db_host is None:
            return None
        password = self.db_password.get_secret_value() if self.db_password else ""
        account = quote(self.db_user, safe="") + (
            ":" + quote(password, safe="") if password else ""
        )
        return (
            f"postgresql://{account}@{self.db_host}:{self.db_port}/{quote(self.db_name, safe='')}"
        )

    def redis_dsn(self) -> str | None:
        """REDIS_URL, or one built of REDIS_*; None: cache and counts stay in the process."""
        if self.redis_url is not None:
            return self.redis_url.get_secret_value()
        if self.redis_host is None:
            return None
        password = reveal(self.redis_password)
        account = f":{quote(password, safe='')}@" if password else ""
        return f"redis://{account}{self.redis_host}:{self.redis_port}/0"

    @model_validator(mode="after")
    def _threads_fit_the_pool(self) -> Self:
        if self.db_threads > self.db_pool_size + self.db_max_overflow:
            raise ValueError("DB_THREADS must not exceed DB_POOL_SIZE + DB_MAX_OVERFLOW")
        return self

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


def hand_to_workers(settings: Settings) -> None:
    """Server workers read their settings anew: give them what was found out at start-up."""
    if settings.database_url is not None:
        os.environ["DATABASE_URL"] = settings.database_url
    if settings.jwt_secret is not None:
        os.environ["JWT_SECRET"] = settings.jwt_secret.get_secret_value()


METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # the name is prometheus-client's


def share_metrics_folder(folder: Path) -> None:
    """Make server workers count in files of `folder`: what one answers, all have counted."""
    os.environ[METRICS_FOLDER] = str(folder)


def shared_metrics_folder() -> Path | None:
    """Where the workers of this server count; None when it is a single process."""
    folder = os.environ.get(METRICS_FOLDER)
    return Path(folder) if folder else None


def _is_placeholder(secret: str) -> bool:
    lowered = secret.lower()
    return len(set(lowered)) < 4 or any(lowered.startswith(word) for word in PLACEHOLDERS)
