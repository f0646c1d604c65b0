"""Which methods a path knows: what `Allow` promises when another one was used (RFC 9110, 10.2.1).

The framework names those of the first route of the path only.
"""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI, Request
from starlette.routing import Match

ORDER = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def allowed_methods(request: Request) -> str:
    """The methods of all routes of the request's path; HEAD comes with GET.

    Where several paths match, `/a/words` and `/a/{id}`, those of the more exact one.
    """
    # The router's notes about the refused request would lead every question to the same route.
    scope = {name: value for name, value in request.scope.items() if name != "fastapi"}
    found: dict[str, set[str]] = {}
    for route in _routes(request.app):
        if route.matches(scope)[0] is not Match.NONE:
            found.setdefault(route.path, set()).update(route.methods)
    exact = min(found, key=lambda path: path.count("{"), default=None)
    methods = found[exact] if exact is not None else set()
    known = methods | {"HEAD"} if "GET" in methods else methods
    return ", ".join(method for method in ORDER if method in known)


def _routes(app: FastAPI) -> Iterator[Any]:
    """Every route with methods, those of included routers with their whole path."""
    for route in app.router.routes:
        if hasattr(route, "effective_route_contexts"):
            yield from (each for each in route.effective_route_contexts() if each.methods)
        elif getattr(route, "methods", None):
            yield route
