"""Pure ASGI middleware around every request: id, body limit, access line, last resort."""

import re
import time
from typing import Any
from uuid import uuid4

import structlog
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core import metrics
from app.core.errors import HTTP_ERRORS, DomainError, problem_response

logger = structlog.get_logger()

MAX_BODY_BYTES = 256 * 1024
SANE_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
# A label has few values: some servers let any word pass as a method.
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class BodyTooLarge(HTTPException):
    """The body passed the limit while it was read.

    An HTTPException, because FastAPI takes every other error of a body for unreadable JSON.
    """

    def __init__(self) -> None:
        super().__init__(413)


def route_template(scope: Scope) -> str:
    """The full template of the matched route; nested routers hide their prefix in `route`."""
    context: Any = scope.get("fastapi", {}).get("effective_route_context")
    route: Any = context or scope.get("route")
    return getattr(route, "path", "unmatched")


class RequestContext:
    """Outermost middleware: nothing that a request does may pass it as an exception."""

    def __init__(self, app: ASGIApp, *, measured: bool = True) -> None:
        self.app = app
        self._measured = measured

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = _request_id(scope)
        state = scope.setdefault("state", {})
        state["request_id"] = request_id
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started = time.perf_counter()
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = request_id
                headers.update(state.get("response_headers", {}))
            await send(message)

        metrics.http_requests_in_flight.inc()
        try:
            await self._answer(scope, receive, send_with_id, lambda: status)
        finally:
            metrics.http_requests_in_flight.dec()
            self._note(scope, status, time.perf_counter() - started)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        """Access line and measurement; status 0: the request was cut off before an answer."""
        route = route_template(scope)
        logger.info(
            "request",
            method=scope["method"],
            route=route,
            status=status,
            ms=round(seconds * 1000, 1),
            user_id=scope["state"].get("user_id"),
        )
        if self._measured:
            method = scope["method"] if scope["method"] in METHODS else "OTHER"
            metrics.http_request_duration.labels(method, route, status).observe(seconds)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, status: Any) -> None:
        request = Request(scope)
        try:
            if _declared_length(scope) > MAX_BODY_BYTES:
                raise BodyTooLarge
            await self.app(scope, _limited(receive), send)
        except BodyTooLarge:
            await problem_response(request, 413, *HTTP_ERRORS[413])(scope, receive, send)
        except Exception as error:
            logger.exception("unhandled_error", exc_info=error)
            if status() == 0:
                response = problem_response(request, 500, DomainError.code, DomainError.detail)
                await response(scope, receive, send)


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            given = str(value.decode("latin-1"))
            return given if SANE_REQUEST_ID.fullmatch(given) else uuid4().hex
    return uuid4().hex


def _declared_length(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0


def _limited(receive: Receive) -> Receive:
    """Count what a chunked body really brings; a declared length may be absent."""
    seen = 0

    async def receive_limited() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > MAX_BODY_BYTES:
            raise BodyTooLarge
        return message

    return receive_limited
