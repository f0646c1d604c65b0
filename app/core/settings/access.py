"""Who may call, and from where."""

from typing import Annotated, Literal

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from pydantic import BeforeValidator, Field
from pydantic_settings import BaseSettings

from app.core.settings.kinds import (
    CommaList,
    NetworkList,
    OptionalSecret,
    OptionalStr,
    blank_is_none,
)


class AccessSettings(BaseSettings):
    """Login, roles, membership, price, proxies."""

    auth_mode: Literal["jwt", "gateway"] = "jwt"
    jwt_secret: OptionalSecret = None
    jwt_secret_previous: OptionalSecret = None
    jwt_public_key: OptionalStr = None
    jwt_issuer: OptionalStr = None
    jwt_audience: OptionalStr = None
    allowed_roles: CommaList = ("USER", "EXPERT", "CLUB")
    membership_required: Annotated[bool | None, BeforeValidator(blank_is_none)] = None
    recommendation_token_cost: Annotated[int, Field(ge=0)] = 0
    internal_service_key: OptionalSecret = None
    internal_service_key_previous: OptionalSecret = None
    cors_origins: CommaList = ()
    trusted_proxies: NetworkList = ()

    @property
    def internal_keys(self) -> tuple[str, ...]:
        """What a service of our own may show, the present key first; none where none is set."""
        keys = (self.internal_service_key, self.internal_service_key_previous)
        return tuple(key.get_secret_value() for key in keys if key)

    @property
    def jwt_algorithms(self) -> list[str]:
        """Fixed by configuration, never by the token: one, that of the public key if there is one.

        Raises ValueError when the public key is no PEM.
        """
        if self.jwt_public_key is None:
            return ["HS256"]
        key = load_pem_public_key(self.jwt_public_key.encode())
        return ["ES256"] if isinstance(key, EllipticCurvePublicKey) else ["RS256"]
