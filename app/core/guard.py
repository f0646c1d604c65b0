"""What stands before every route of the interface: who is calling, and how often.

FastAPI reads and parses the body before any dependency runs, so both are asked by the route
itself: a request without a login or beyond its limit is refused with its body unread.
"""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final, TypeVar

from fastapi import Request, Response
from fastapi.routing import APIRoute

from app.core.client_address import client_address, parse_networks
from app.core.direct_call import direct_handler
from app.core.errors import NotAuthenticated, RateLimited
from app.core.idempotency import KEY_HEADER, KeptAnswers, answer_once
from app.core.openapi_keys import BEARER, INTERNAL_KEY
from app.core.rate_limits import Limit, RateLimiter
from app.core.security import (
    Principal,
    authenticate,
    has_internal_key,
    is_service,
    names_a_user,
)

Endpoint = TypeVar("Endpoint", bound=Callable[..., object])


class Per(Enum):
    """Whose requests are counted together."""

    USER = auto()  # with a login
    USER_OR_SERVICE = auto()  # as USER, or a service with the internal key, which is not counted
    SERVICE = auto()  # a service with the internal key that names no user; not counted
    ADDRESS = auto()  # without one; a service with the internal key is not counted


def _never(_: Request) -> bool:
    """Most answers are given at once and whole."""
    return False


@dataclass(frozen=True, slots=True)
class Rule:
    """`resumes`: whether a request asks for the rest of an answer, which no key keeps back."""

    limit: Limit
    per: Per
    resumes: Callable[[Request], bool] = _never


# How a caller identifies itself, by any of these.
SCHEMES: Final[Mapping[Per, Sequence[str]]] = {
    Per.USER: (BEARER,),
    Per.USER_OR_SERVICE: (BEARER, INTERNAL_KEY),
    Per.SERVICE: (INTERNAL_KEY,),
    Per.ADDRESS: (),
}
_rules: dict[Callable[..., object], Rule] = {}


def limited(
    limit: Limit, *, per: Per = Per.USER, resumes: Callable[[Request], bool] = _never
) -> Callable[[Endpoint], Endpoint]:
    """Name the limit of an endpoint; stands between the router's decorator and the function."""

    def note(endpoint: Endpoint) -> Endpoint:
        _rules[endpoint] = Rule(limit, per, resumes)
        return endpoint

    return note


class Guard:
    """Refuses with NotAuthenticated or RateLimited; else the request may go on."""

    def __init__(self, limiter: RateLimiter, trusted_proxies: tuple[str, ...]) -> None:
        self._limiter = limiter
        self._trusted = parse_networks(trusted_proxies)

    async def admit(self, request: Request, rule: Rule) -> None:
        """Identify the caller, count the request, leave the quota for the response's headers."""
        subject = await self._subject(request, rule.per)
        if subject is None:
            return
        quota = await self._limiter.hit(rule.limit, subject)
        request.scope["state"]["response_headers"] = quota.headers()
        if quota.is_exceeded:
            raise RateLimited(quota.reset_s)

    async def _subject(self, request: Request, per: Per) -> str | None:
        """With whose requests this one is counted; None for a service, whose are not."""
        if per is Per.ADDRESS:
            return None if has_internal_key(request) else self._address(request)
        if per is Per.USER or (per is Per.USER_OR_SERVICE and names_a_user(request)):
            await authenticate(request)
            user_id: str = request.scope["state"]["user_id"]
            return user_id
        if not is_service(request):
            raise NotAuthenticated
        return None

    def _address(self, request: Request) -> str:
        peer = request.client.host if request.client else None
        forwarded = request.headers.getlist("x-forwarded-for")
        return client_address(peer, forwarded, self._trusted)

    async def count(self, limit: Limit, principal: Principal) -> None:
        """As `admit`, for what is no request with an answer; raises RateLimited."""
        quota = await self._limiter.hit(limit, str(principal.user_id))
        if quota.is_exceeded:
            raise RateLimited(quota.reset_s)


class GuardedRoute(APIRoute):
    """The class of every route under /api/v1: `APIRouter(route_class=GuardedRoute)`."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **declared: Any) -> None:
        super().__init__(path, endpoint, **declared)
        self.is_direct = direct_handler(self) is not None
        self.answer = self.get_route_handler()

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        rule = _rules.get(self.endpoint)
        if rule is None:
            raise TypeError(f"{self.name} names no limit: decorate it with @limited(Limit...)")
        if schemes := SCHEMES[rule.per]:  # the guard asks for it; no dependency tells the document
            security: list[dict[str, list[str]]] = [{scheme: []} for scheme in schemes]
            self.openapi_extra = {**(self.openapi_extra or {}), "security": security}
        handle = direct_handler(self) or super().get_route_handler()
        takes_key = rule.per is Per.USER and self.methods == {"POST"}

        async def guarded(request: Request) -> Response:
            guard: Guard = request.app.state.guard
            await guard.admit(request, rule)
            if takes_key and KEY_HEADER in request.headers and not rule.resumes(request):
                kept: KeptAnswers = request.app.state.kept_answers
                return await answer_once(request, handle, kept)
            return await handle(request)

        return guarded
