"""Who is calling: a JWT whose algorithm the configuration fixes, or a user of the Go gateway."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from secrets import compare_digest
from typing import Annotated, Any
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from fastapi import Depends, Request
from fastapi.requests import HTTPConnection
from jwt.algorithms import HMACAlgorithm

from app.core.clock import utc_now
from app.core.errors import NotAuthenticated
from app.core.settings import Settings

MAX_TOKEN_CHARS = 8192
MAX_VERIFIED = 4096  # tokens remembered, of some 300 characters each: about 2 MB


@dataclass(frozen=True, slots=True)
class Principal:
    """A verified identity. Whether such a user exists is for the first statement to decide."""

    user_id: UUID
    expires_at: datetime | None = None  # of the token; None: the gateway answers for the user


class KnownSecrets(HMACAlgorithm):
    """HMAC as the library has it, except that it looks at each secret once: with every token it
    would ask again whether the secret is a certificate or a public key, which takes a third of the
    whole check.
    """

    def __init__(self) -> None:
        super().__init__(HMACAlgorithm.SHA256)
        self._prepared: dict[str | bytes, bytes] = {}

    def prepare_key(self, key: str | bytes) -> bytes:
        prepared = self._prepared.get(key)
        if prepared is None:
            prepared = self._prepared[key] = super().prepare_key(key)
        return prepared


jwt.unregister_algorithm("HS256")
jwt.register_algorithm("HS256", KnownSecrets())


class TokenVerifier:
    """Verifies bearer tokens against the current secret or key and the previous secret."""

    def __init__(self, settings: Settings, timer: Callable[[], float] = time.time) -> None:
        secrets = (settings.jwt_secret, settings.jwt_secret_previous)
        self._keys: list[Any] = (
            [load_pem_public_key(settings.jwt_public_key.encode())]
            if settings.jwt_public_key
            else [secret.get_secret_value() for secret in secrets if secret]
        )
        self._algorithms = settings.jwt_algorithms
        self._issuer = settings.jwt_issuer
        self._audience = settings.jwt_audience
        # A signature once found good stays good: the keys change with the process only. The key is
        # the whole token, so that nothing but the very same token is spared the check.
        self._verified: OrderedDict[str, Principal] = OrderedDict()  # used last, stands last
        self._timer = timer

    def verify(self, token: str) -> Principal:
        """The token's user; raises NotAuthenticated for anything but a valid, unexpired token."""
        if len(token) > MAX_TOKEN_CHARS:
            raise NotAuthenticated
        principal = self._verified.get(token)
        if principal is None:
            principal = self._verified[token] = self._decode(token)
            if len(self._verified) > MAX_VERIFIED:
                self._verified.popitem(last=False)
        elif _expiry(principal) <= self._timer():
            del self._verified[token]
            raise NotAuthenticated
        else:
            self._verified.move_to_end(token)
        return principal

    def _decode(self, token: str) -> Principal:
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
                return Principal(
                    UUID(str(claims.get("sub") or claims.get("user_id"))),
                    datetime.fromtimestamp(int(claims["exp"]), UTC),
                )
            except jwt.InvalidSignatureError:
                continue
            except (jwt.PyJWTError, ValueError, OverflowError, OSError):  # exp: year 10**9
                break
        raise NotAuthenticated


def _expiry(principal: Principal) -> float:
    """Seconds since the epoch; a token without a known end is not remembered."""
    return principal.expires_at.timestamp() if principal.expires_at else 0.0


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


def sole_header(request: HTTPConnection, name: str) -> str:
    """The header's value; "" when it is absent, or given twice.

    Of two values a proxy may have checked the one and we would believe the other.
    """
    values = request.headers.getlist(name)
    return values[0] if len(values) == 1 else ""


def has_internal_key(request: HTTPConnection) -> bool:
    """Whether a service of our own calls: X-Internal-Key, compared in constant time.

    Nobody has a key that is not configured.
    """
    expected: tuple[str, ...] = request.app.state.internal_keys
    given = sole_header(request, "x-internal-key").encode()
    fits = [compare_digest(given, key.encode()) for key in expected]  # each, whatever the others
    return any(fits)


Login = Callable[[Request], Principal]
SocketLogin = Callable[[HTTPConnection, str | None], Principal]


def make_login(settings: Settings) -> Login:
    """How this deployment learns who is calling: AUTH_MODE decides, never the request."""
    if settings.auth_mode == "gateway":
        return gateway_login
    verifier = TokenVerifier(settings)
    return lambda request: token_login(request, verifier)


def make_socket_login(settings: Settings) -> SocketLogin:
    """As `make_login`, with the token of the first frame: browsers add no header to a handshake."""
    if settings.auth_mode == "gateway":
        return lambda handshake, _: gateway_login(handshake)
    verifier = TokenVerifier(settings)
    return lambda _, token: verifier.verify(token or "")


def token_login(request: Request, verifier: TokenVerifier) -> Principal:
    """The user of the bearer token."""
    scheme, _, token = sole_header(request, "authorization").partition(" ")
    if scheme.lower() != "bearer":
        raise NotAuthenticated
    return verifier.verify(token)


def gateway_login(request: HTTPConnection) -> Principal:
    """The user that the Go gateway names, which only the internal key makes credible."""
    if not has_internal_key(request):
        raise NotAuthenticated
    try:
        return Principal(UUID(sole_header(request, "x-user-id")))
    except ValueError:
        raise NotAuthenticated from None


async def authenticate(request: Request) -> Principal:
    """The caller's verified identity, kept for `principal_of`; raises NotAuthenticated."""
    login: Login = request.app.state.login
    principal = login(request)
    request.scope["state"].update(principal=principal, user_id=str(principal.user_id))
    return principal


def principal_of(request: Request) -> Principal:
    """Whom the guard of the route let in."""
    principal: Principal = request.scope["state"]["principal"]
    return principal


async def current_principal(request: Request) -> Principal:
    """`principal_of` as a FastAPI dependency."""
    return principal_of(request)


async def principal_or_service(request: Request) -> Principal | None:
    """None: a service with the internal key, which speaks for nobody."""
    principal: Principal | None = request.scope["state"].get("principal")
    return principal


def names_a_user(request: HTTPConnection) -> bool:
    """Whether the request claims to be a user's; the gateway's are, though they have the key."""
    return "authorization" in request.headers or "x-user-id" in request.headers


def is_service(request: HTTPConnection) -> bool:
    """Whether a service speaks for itself, and no user through the gateway, which has the key."""
    return has_internal_key(request) and not names_a_user(request)


PrincipalOrService = Annotated[Principal | None, Depends(principal_or_service)]
CurrentPrincipal = Annotated[Principal, Depends(current_principal)]
