"""The hot routes first: found by a table, answered without the framework's stacks.

Whoever finds nothing here goes on to the framework, which knows every route, other methods and the
refusals of both. A route stands in the table when `direct_call` can serve it, by itself.
"""

import re
from collections.abc import Iterable

from fastapi import Request
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from app.core.errors import EXPECTED, render
from app.core.guard import GuardedRoute

# A path that ends with its one parameter; what can stand there is what the framework matches.
NESTED = re.compile(r"([^{]+)/\{(\w+)\}")


class FrontDoor:
    """Innermost middleware. `routes` may hold any; those that are no direct ones are left out."""

    def __init__(self, app: ASGIApp, routes: Iterable[BaseRoute]) -> None:
        self.app = app
        self._exact: dict[tuple[str, str], GuardedRoute] = {}
        self._nested: dict[tuple[str, str], tuple[GuardedRoute, str]] = {}
        for route in routes:
            if isinstance(route, GuardedRoute) and route.is_direct:
                self._add(route)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = self._find(scope) if scope["type"] == "http" else None
        if route is None:
            await self.app(scope, receive, send)
            return
        scope["route"] = route
        request = Request(scope, receive, send)
        try:
            response = await route.answer(request)
        except EXPECTED as error:
            response = await render(request, error)
        await response(scope, receive, send)

    def _add(self, route: GuardedRoute) -> None:
        nested = NESTED.fullmatch(route.path)
        for method in route.methods or ():
            if nested:
                self._nested[method, nested[1]] = (route, nested[2])
            elif "{" not in route.path:
                self._exact[method, route.path] = route

    def _find(self, scope: Scope) -> GuardedRoute | None:
        """The route of the request, with the parameter of its path in the scope."""
        method, path = scope["method"], scope["path"]
        route = self._exact.get((method, path))
        if route is not None:
            scope["path_params"] = {}
            return route
        stem, _, last = path.rpartition("/")
        nested = self._nested.get((method, stem)) if last else None
        if nested is None:
            return None
        route, name = nested
        scope["path_params"] = {name: last}
        return route
