"""The short way to an endpoint that takes the request and parts of its path, and nothing else.

FastAPI's own handler also serves bodies, dependencies, forms, files, streams and background tasks;
walking past all of them costs more than such an endpoint itself. FastAPI still reads the
declaration and writes the document; only the call is ours, with the same checks and refusals.
"""

from collections.abc import Callable, Coroutine
from inspect import iscoroutinefunction
from typing import Any

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


def direct_handler(route: APIRoute) -> Handler | None:
    """What answers the requests of `route`; None when its endpoint takes more, or streams."""
    needs = route.dependant
    request_name, path = needs.request_param_name, needs.path_params
    if (
        request_name is None
        or not _takes_only_a_path(needs)
        or not iscoroutinefunction(route.endpoint)
    ):
        return None
    endpoint: Any = route.endpoint
    answer: Any = route.response_field
    status = route.status_code or 200

    async def handle(request: Request) -> Response:
        values: dict[str, Any] = {request_name: request}
        errors: list[dict[str, Any]] = []
        for field in path:
            given = request.path_params[field.alias]
            values[field.name], wrong = field.validate(given, loc=("path", field.alias))
            errors += wrong
        if errors:
            raise RequestValidationError(errors)
        found = await endpoint(**values)
        # What a service returns is checked by the type checker, not once more for each request.
        if isinstance(found, Response):
            return found
        return Response(answer.serialize_json(found), status, media_type="application/json")

    return handle


def _takes_only_a_path(needs: Dependant) -> bool:
    more = (
        *(needs.query_params, needs.header_params, needs.cookie_params, needs.body_params),
        *(needs.dependencies, needs.response_param_name, needs.background_tasks_param_name),
        *(needs.http_connection_param_name, needs.security_scopes_param_name),
    )
    return not any(more)
