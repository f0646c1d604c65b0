"""Who is calling: a JWT whose algorithm the configuration fixes, or a user of the Go gateway."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from secrets import compare_digest
from typing import Annotated
from uuid import UUID

import jwt
from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from app.core.clock import utc_now
from app.core.errors import NotAuthenticated
from app.core.settings import Settings

MAX_TOKEN_CHARS = 8192


@dataclass(frozen=True, slots=True)
class Principal:
    """A verified identity. Whether such a user exists is for the first statement to decide."""

    user_id: UUID


class TokenVerifier:
    """Verifies bearer tokens against the current secret or key and the previous secret."""

    def __init__(self, settings: Settings) -> None:
        secrets = (settings.jwt_secret, settings.jwt_secret_previous)
        self._keys = (
            [settings.jwt_public_key]
            if settings.jwt_public_key
            else [secret.get_secret_value() for secret in secrets if secret]
        )
        self._algorithms = settings.jwt_algorithms
        self._issuer = settings.jwt_issuer
        self._audience = settings.jwt_audience

    def verify(self, token: str) -> Principal:
        """The token's user; raises NotAuthenticated for anything but a valid, unexpired token."""
        if len(token) > MAX_TOKEN_CHARS:
            raise NotAuthenticated
        for key in self._keys:
            try:
                claims = jwt.decode(
                    token,
                    key,
                    algorithms=self._algorithms,
                    issuer=self._issuer,
                    audience=self._audience,
                    options={"require": ["exp"], "verify_aud": self._audience is not None},
                )
                return Principal(UUID(str(claims.get("sub") or claims.get("user_id"))))
            except jwt.InvalidSignatureError:
                continue
            except (jwt.PyJWTError, ValueError):
                break
        raise NotAuthenticated


def issue_token(settings: Settings, user_id: UUID, lifetime: timedelta) -> str:
    """A token as the login service would issue it; for local mode and tests."""
    if settings.jwt_secret is None:
        raise ValueError("JWT_SECRET is needed to issue a token")
    claims: dict[str, object] = {"sub": str(user_id), "exp": utc_now() + lifetime}
    if settings.jwt_issuer:
        claims["iss"] = settings.jwt_issuer
    if settings.jwt_audience:
        claims["aud"] = settings.jwt_audience
    return jwt.encode(claims, settings.jwt_secret.get_secret_value(), algorithm="HS256")


def has_internal_key(request: Request) -> bool:
    """Whether a service of our own calls: X-Internal-Key, compared in constant time.

    Nobody has a key that is not configured.
    """
    expected: str | None = request.app.state.internal_service_key
    given = request.headers.get("x-internal-key", "")
    return expected is not None and compare_digest(given.encode(), expected.encode())


bearer = HTTPBearer(auto_error=False, scheme_name="bearer", bearerFormat="JWT")
Login = Callable[[Request], Principal]


def make_login(settings: Settings) -> Login:
    """How this deployment learns who is calling: AUTH_MODE decides, never the request."""
    if settings.auth_mode == "gateway":
        return gateway_login
    verifier = TokenVerifier(settings)
    return lambda request: token_login(request, verifier)


def token_login(request: Request, verifier: TokenVerifier) -> Principal:
    """The user of the bearer token."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise NotAuthenticated
    return verifier.verify(token)


def gateway_login(request: Request) -> Principal:
    """The user that the Go gateway names, which only the internal key makes credible."""
    if not has_internal_key(request):
        raise NotAuthenticated
    try:
        return Principal(UUID(request.headers.get("x-user-id", "")))
    except ValueError:
        raise NotAuthenticated from None


async def authenticate(request: Request) -> Principal:
    """The caller's verified identity, kept for `CurrentPrincipal`; raises NotAuthenticated."""
    login: Login = request.app.state.login
    principal = login(request)
    request.scope["state"].update(principal=principal, user_id=str(principal.user_id))
    return principal


async def current_principal(
    request: Request,
    _documented: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
) -> Principal:
    """FastAPI dependency: whom the guard of the route let in."""
    principal: Principal = request.scope["state"]["principal"]
    return principal


CurrentPrincipal = Annotated[Principal, Depends(current_principal)]
