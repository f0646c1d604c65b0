"""Where the data is: PostgreSQL, and Redis when there is one."""

from pathlib import Path
from typing import Annotated, Self
from urllib.parse import quote

from pydantic import BeforeValidator, Field, model_validator
from pydantic_settings import BaseSettings

from app.core.settings.kinds import OptionalSecret, OptionalStr, RedisUrl, blank_is_none, reveal


class DatabaseSettings(BaseSettings):
    """PostgreSQL and Redis: one URL each, or the parts."""

    database_url: OptionalStr = None
    database_direct_url: OptionalStr = None
    db_host: OptionalStr = None
    db_port: int = 5432
    db_name: str = "kenali_diri"
    db_user: str = "kenali_diri"
    db_password: OptionalSecret = None
    service_role_password: OptionalSecret = None
    db_pool_size: Annotated[int, Field(ge=1, le=100)] = 5
    db_max_overflow: Annotated[int, Field(ge=0, le=100)] = 0
    db_pool_timeout_s: Annotated[float, Field(gt=0)] = 2.0
    db_threads: Annotated[int, Field(ge=1, le=100)] = 5
    db_statement_timeout_s: Annotated[float, Field(gt=0)] = 10.0
    data_dir: Path = Path(".data")
    pg_bin: Annotated[Path | None, BeforeValidator(blank_is_none)] = None

    redis_url: RedisUrl = None
    redis_host: OptionalStr = None
    redis_port: Annotated[int, Field(ge=1, le=65535)] = 6379
    redis_password: OptionalSecret = None

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
