"""Kinds of values that settings hold, each refusing what cannot work."""

from typing import Annotated
from urllib.parse import urlsplit

from limits import parse_many
from pydantic import AfterValidator, BeforeValidator, SecretStr
from pydantic_settings import NoDecode

from app.core.client_address import parse_networks


class ConfigurationError(Exception):
    """The settings do not fit together; the message names what is missing."""


def _split(value: object) -> object:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def blank_is_none(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


CommaList = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
OptionalSecret = Annotated[SecretStr | None, BeforeValidator(blank_is_none)]
OptionalStr = Annotated[str | None, BeforeValidator(blank_is_none)]


def _is_redis_url(secret: SecretStr | None) -> SecretStr | None:
    if secret is not None:
        url = urlsplit(secret.get_secret_value())
        if url.scheme not in {"redis", "rediss", "unix"}:
            raise ValueError("must begin with redis://, rediss:// or unix://")
        _ = url.port  # raises ValueError unless it is a port
    return secret


def _is_http_url(text: str | None) -> str | None:
    if text is not None:
        url = urlsplit(text)
        if url.scheme not in {"http", "https"} or not url.hostname:
            raise ValueError("must begin with http:// or https:// and name a host")
        _ = url.port  # raises ValueError unless it is a port
    return text


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
HttpUrl = Annotated[OptionalStr, AfterValidator(_is_http_url)]
RedisUrl = Annotated[OptionalSecret, AfterValidator(_is_redis_url)]


def reveal(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None
