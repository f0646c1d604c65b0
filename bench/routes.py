"""The routes that are compared with their floors, and the requests that they get."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from app.core.settings import Settings
from bench.http_load import http_request
from bench.sessions import Run, Templates, add_users, bearer, copies
from tests.support.player import API, DIMENSIONS, TEXT, answer

Target = Literal["real", "two", "one"]
TARGETS: tuple[Target, ...] = ("real", "two", "one")


@dataclass(frozen=True, slots=True)
class World:
    """What requests are made of."""

    dsn: str
    settings: Settings
    templates: Templates


@dataclass(frozen=True, slots=True)
class Route:
    """`runs` prepares sessions for so many requests; `requests` are those of a target.

    `target` is the ratio to F2 that is aimed at: with the limits in memory, and in Redis.
    """

    name: str
    is_write: bool
    target: tuple[float, float | None]
    runs: Callable[[World, int], list[Run]]
    requests: Callable[[World, Target, Sequence[Run]], list[bytes]]


def _read(
    name: str, path: str, target: tuple[float, float | None], state: str = "completed"
) -> Route:
    def runs(world: World, count: int) -> list[Run]:
        users = add_users(world.dsn, count)
        return copies(world.dsn, getattr(world.templates, state), users)

    def requests(world: World, to: Target, runs: Sequence[Run]) -> list[bytes]:
        if to == "real":
            return [
                http_request("GET", f"{API}{path}/{run.token}", bearer(world.settings, run.user_id))
                for run in runs
            ]
        return [
            http_request("GET", f"/{to}/read/{name}/{run.token}", {"x-user-id": str(run.user_id)})
            for run in runs
        ]

    return Route(name, False, target, runs, requests)


def _post(
    world: World, to: Target, run: Run, paths: tuple[str, str], body: dict[str, Any]
) -> bytes:
    """To the path of the service, or to the floor's."""
    content = json.dumps(body).encode()
    if to == "real":
        headers = bearer(world.settings, run.user_id)
        return http_request("POST", API + paths[0], headers, content)
    return http_request("POST", f"/{to}/{paths[1]}", {"x-user-id": str(run.user_id)}, content)


def _new_users(world: World, count: int) -> list[Run]:
    return [Run(user, "") for user in add_users(world.dsn, count)]


def _starts(world: World, to: Target, runs: Sequence[Run]) -> list[bytes]:
    paths = ("/recommendation/start", "start")
    return [_post(world, to, run, paths, {"persona_type": "PATHFINDER"}) for run in runs]


def _unanswered(world: World, count: int) -> list[Run]:
    return copies(world.dsn, world.templates.riasec_ongoing, add_users(world.dsn, count))


def _sheets(world: World, to: Target, runs: Sequence[Run]) -> list[bytes]:
    paths = ("/riasec/submit", "riasec_submit")
    return [
        _post(world, to, run, paths, world.templates.sheet | {"session_token": run.token})
        for run in runs
    ]


def _in_ikigai(world: World, count: int) -> list[Run]:
    users = add_users(world.dsn, -(-count // 3))
    return copies(world.dsn, world.templates.ikigai_ongoing, users)


def _answers(world: World, to: Target, runs: Sequence[Run]) -> list[bytes]:
    """All first answers, then all second ones: nobody answers twice at once."""
    paths = ("/ikigai/submit-dimension", "submit_dimension")
    return [
        _post(world, to, run, paths, answer(run.token, dimension, TEXT))
        for dimension in DIMENSIONS[:3]
        for run in runs
    ]


ROUTES = (
    _read("content", "/ikigai/content", (1.2, 0.9), "ikigai_ongoing"),
    _read("progress", "/sessions", (1.2, 0.9)),
    _read("ikigai_result", "/ikigai/result", (1.2, 0.9)),
    _read("riasec_result", "/riasec/result", (1.2, 0.9)),
    _read("recommendation", "/result/recommendation", (1.2, 0.9)),
    Route("submit_dimension", True, (1.1, 0.85), _in_ikigai, _answers),
    Route("start", True, (0.8, None), _new_users, _starts),
    Route("riasec_submit", True, (0.7, None), _unanswered, _sheets),
)
