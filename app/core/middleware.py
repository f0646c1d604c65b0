"""Pure ASGI middleware around every request: id, body limit, access line, last resort."""

import re
import time
from contextlib import suppress
from random import Random
from typing import Any

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core import metrics
from app.core.errors import HTTP_ERRORS, DomainError, problem_response
from app.core.logging import begin_request
from app.core.response_headers import is_event_stream, protected

logger = structlog.get_logger()

MAX_BODY_BYTES = 256 * 1024
SANE_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
ABNORMAL_CLOSURE = 1006  # RFC 6455, 7.4.1: of a connection that was cut
INTERNAL_ERROR = 1011
# A label has few values: some servers let any word pass as a method.
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class BodyTooLarge(HTTPException):
    """The body passed the limit while it was read.

    An HTTPException, because FastAPI takes every other error of a body for unreadable JSON.
    """

    def __init__(self) -> None:
        super().__init__(413)


def route_template(scope: Scope) -> str:
    """The full template of the matched route; nested routers hide their prefix in `route`.

    Except that of a WebSocket, for which it is the other that knows nothing.
    """
    context: Any = scope.get("fastapi", {}).get("effective_route_context")
    known: str = getattr(context, "path", "")
    return known or getattr(scope.get("route"), "path", "unmatched")


class RequestContext:
    """Outermost middleware: nothing that a request does may pass it as an exception.

    HEAD is answered as GET is, without the body (RFC 9110, 9.3.2): monitors ask so.
    """

    def __init__(self, app: ASGIApp, *, measured: bool = True) -> None:
        self.app = app
        self._measured = measured

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        match scope["type"]:
            case "http":
                await self._respond(scope, receive, send)
            case "websocket":
                await self._converse(scope, receive, send)
            case _:
                await self.app(scope, receive, send)

    async def _respond(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_id = _begin(scope)
        state = scope["state"]
        started = time.perf_counter()
        answered_s: float | None = None
        status = 0
        method = scope["method"]
        if method == "HEAD":
            scope["method"] = "GET"  # for the router; the server then withholds the body
            state["is_head"] = True  # for an answer that would not end

        async def send_with_id(message: Message) -> None:
            nonlocal status, answered_s
            if message["type"] == "http.response.start":
                status = message["status"]
                own = (b"x-request-id", request_id.encode()), *state.get("response_headers", ())
                message["headers"] = protected([*message["headers"], *own])
                scope["method"] = method
                if is_event_stream(message["headers"]):  # answered now
                    answered_s = time.perf_counter() - started
                    metrics.http_requests_in_flight.dec()
            await send(message)

        metrics.http_requests_in_flight.inc()
        try:
            await self._answer(scope, receive, send_with_id, lambda: status)
        finally:
            scope["method"] = method
            seconds = time.perf_counter() - started
            if answered_s is None:
                answered_s = seconds
                metrics.http_requests_in_flight.dec()
            self._note(scope, status, seconds, answered_s)

    async def _converse(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A WebSocket: its line in the log comes when it ends, with the code that closed it."""
        _begin(scope)
        started = time.perf_counter()
        code = ABNORMAL_CLOSURE

        async def receive_with_code() -> Message:
            nonlocal code
            message = await receive()
            code = message.get("code", code)
            return message

        async def send_with_code(message: Message) -> None:
            nonlocal code
            code = message.get("code", code)
            await send(message)

        try:
            await self.app(scope, receive_with_code, send_with_code)
        except Exception as error:
            logger.exception("unhandled_error", exc_info=error)
            with suppress(RuntimeError, OSError):  # closed already
                await send_with_code({"type": "websocket.close", "code": INTERNAL_ERROR})
        finally:
            logger.info(
                "websocket",
                route=route_template(scope),
                code=code,
                ms=round((time.perf_counter() - started) * 1000, 1),
                user_id=scope["state"].get("user_id"),
            )

    def _note(self, scope: Scope, status: int, seconds: float, answered_s: float) -> None:
        """Access line and measurement; status 0: the request was cut off before an answer.

        An event stream is measured until it began.
        """
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
            metrics.request_duration_of(method, route, status).observe(answered_s)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, status: Any) -> None:
        try:
            if _declared_length(scope) > MAX_BODY_BYTES:
                raise BodyTooLarge
            await self.app(scope, _limited(receive), send)
        except BodyTooLarge:
            response = problem_response(Request(scope), 413, *HTTP_ERRORS[413])
            await response(scope, receive, send)
        except Exception as error:
            logger.exception("unhandled_error", exc_info=error)
            if status() == 0:
                told = (500, DomainError.code, DomainError.detail)
                response = problem_response(Request(scope), *told)
                await response(scope, receive, send)


def _begin(scope: Scope) -> str:
    """Give the request its id, in its state and in every line of its log; the id."""
    request_id = _request_id(scope)
    scope.setdefault("state", {})["request_id"] = request_id
    begin_request(request_id)
    return request_id


_random = Random()  # noqa: S311 - a name to find log lines by, and no secret; a system call would let
# another thread in between


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            given = str(value.decode("latin-1"))
            return given if SANE_REQUEST_ID.fullmatch(given) else _new_id()
    return _new_id()


def _new_id() -> str:
    return f"{_random.getrandbits(128):032x}"


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
