"""Which methods a path knows: what `Allow` promises when another one was used (RFC 9110, 10.2.1).

The framework names those of the first route of the path only.
"""

from fastapi import Request
from starlette.routing import Match
from starlette.types import Scope

ASKED = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def allowed_methods(request: Request) -> str:
    """The methods of all routes of the request's path; HEAD comes with GET."""
    # The router's notes about the refused request would lead every question to the same route.
    asked = {name: value for name, value in request.scope.items() if name != "fastapi"}
    found = [method for method in ASKED if _is_known(request, {**asked, "method": method})]
    if "GET" in found:
        found.insert(1, "HEAD")
    return ", ".join(found)


def _is_known(request: Request, scope: Scope) -> bool:
    return any(route.matches(scope)[0] is Match.FULL for route in request.app.router.routes)
