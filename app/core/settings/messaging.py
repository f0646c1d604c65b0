"""The optional message broker (RabbitMQ): where it is, and what is exchanged through it."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, StringConstraints
from pydantic_settings import BaseSettings

from app.core.settings.kinds import OptionalSecret


def _is_amqp_url(secret: SecretStr | None) -> SecretStr | None:
    if secret is not None:
        url = urlsplit(secret.get_secret_value())
        if url.scheme not in {"amqp", "amqps"} or not url.hostname:
            raise ValueError("must begin with amqp:// or amqps:// and name a host")
        _ = url.port  # raises ValueError unless it is a port
    return secret


AmqpUrl = Annotated[OptionalSecret, AfterValidator(_is_amqp_url)]
BrokerName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{1,200}$")]


class MessagingSettings(BaseSettings):
    """Without RABBITMQ_URL there is no broker, and nothing of the rest counts."""

    rabbitmq_url: AmqpUrl = None
    exchange_name: BrokerName = "atma_exchange"
    chat_queue_name: BrokerName = "chat_events"
    routing_key: BrokerName = "chat.events"
    rabbitmq_prefetch: Annotated[int, Field(ge=1, le=1000)] = 20
    rabbitmq_retry_delay_s: Annotated[float, Field(gt=0, le=3600)] = 10.0
