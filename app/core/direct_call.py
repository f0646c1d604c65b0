"""The short way to an endpoint that takes the request, parts of its path and one JSON body.

FastAPI's own handler also serves dependencies, forms, files, streams and background tasks; walking
past all of them costs more than such an endpoint itself. FastAPI still reads the declaration and
writes the document; only the call is ours, with the same checks and refusals.
"""

import json
from collections.abc import Callable, Coroutine
from contextlib import suppress
from email.message import Message
from inspect import iscoroutinefunction
from typing import Any

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from app.core.cached_work import JsonText

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
Errors = list[dict[str, Any]]
JSON = "application/json"


def direct_handler(route: APIRoute) -> Handler | None:
    """What answers the requests of `route`; None when its endpoint takes more, or streams."""
    needs = route.dependant
    request_name, path, bodies = needs.request_param_name, needs.path_params, needs.body_params
    if (
        request_name is None
        or not _takes_only_these(needs)
        or len(bodies) > 1
        or route._embed_body_fields
        or not iscoroutinefunction(route.endpoint)
    ):
        return None
    endpoint: Any = route.endpoint
    answer: Any = route.response_field
    status = route.status_code or 200

    async def handle(request: Request) -> Response:
        values: dict[str, Any] = {request_name: request}
        errors: Errors = []
        for field in path:
            given = request.scope["path_params"][field.alias]
            values[field.name], wrong = field.validate(given, loc=("path", field.alias))
            errors += wrong
        for field in bodies:
            values[field.name], wrong = await _read_body(request, field)
            errors += wrong
        if errors:
            raise RequestValidationError(errors)
        found = await endpoint(**values)
        # What a service returns is checked by the type checker, not once more for each request.
        if isinstance(found, Response):
            return found
        if isinstance(found, JsonText):
            return Response(found, status, media_type=JSON)
        return Response(answer.serialize_json(found), status, media_type=JSON)

    return handle


def _takes_only_these(needs: Dependant) -> bool:
    more = (
        *(needs.query_params, needs.header_params, needs.cookie_params, needs.dependencies),
        *(needs.response_param_name, needs.background_tasks_param_name),
        *(needs.http_connection_param_name, needs.security_scopes_param_name),
    )
    return not any(more)


async def _read_body(request: Request, field: Any) -> tuple[Any, Errors]:
    """A good one is read and checked in one go; the framework's way words every refusal."""
    try:
        content = await request.body()
        is_json = _is_json(request.headers.get("content-type"))
        if is_json:
            with suppress(ValidationError):
                return field._type_adapter.validate_json(content), []
        if not content:
            return None, [
                {"type": "missing", "loc": ("body",), "msg": "Field required", "input": {}}
            ]
        sent = json.loads(content) if is_json else content
    except json.JSONDecodeError as error:
        raise RequestValidationError(
            [{"type": "json_invalid", "loc": ("body", error.pos), "msg": error.msg, "input": {}}]
        ) from error
    except HTTPException:
        raise
    except Exception as error:  # no UTF-8, too deep, or the client left
        raise HTTPException(400) from error
    value, errors = field.validate(sent, loc=("body",))
    return value, errors


def _is_json(content_type: str | None) -> bool:
    if content_type is None or content_type == JSON:
        return content_type is not None
    message = Message()
    message["content-type"] = content_type
    subtype = message.get_content_subtype()
    is_json = subtype == "json" or subtype.endswith("+json")
    return message.get_content_maintype() == "application" and is_json
