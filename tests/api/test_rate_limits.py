"""Limits over the API: per user and route, before the body is read, told in headers."""

from collections.abc import AsyncIterator, Callable
from typing import Self

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import iter_route_contexts
from limits import parse
from sqlalchemy import Engine
from structlog.testing import capture_logs

from app.core.guard import GuardedRoute
from app.core.settings import Settings
from app.main import API_PREFIX, create_app
from tests.conftest import RATE_LIMITS, MakeClient, MakeSettings
from tests.support.player import API, Player, add_user
from tests.support.problems import assert_problem
from tests.support.redis_server import RedisServer
from tests.support.routes import WITH_LOGIN, Route

INTERNAL_KEY = "8d1c3a5e7f9b2d4c6e8f0a1b3c5d7e9f"
HEADERS = ("ratelimit-limit", "ratelimit-remaining", "ratelimit-reset")
# 6-api.md, "Routes", by method and template below /career-profile.
LIMITS = {
    "POST /recommendation/start": "10/hour",
    "POST /fit-check/start": "20/hour",
    "GET /riasec/questions": "120/minute",
    "GET /riasec/questions/{session_token}": "60/minute",
    "POST /riasec/submit": "10/hour",
    "GET /riasec/result/{session_token}": "60/minute",
    "POST /ikigai/start": "10/hour",
    "GET /ikigai/content/{session_token}": "30/minute",
    "POST /ikigai/submit-dimension": "40/hour",
    "POST /ikigai/finalize": "40/hour",
    "GET /ikigai/dimensions": "120/minute",
    "GET /ikigai/result/{session_token}": "30/minute",
    "GET /result/recommendation/{session_token}": "30/minute",
    "GET /result/fit-check/{session_token}": "30/minute",
    "GET /result/personality/{session_token}": "30/minute",
    "GET /sessions": "60/minute",
    "GET /sessions/{session_token}": "60/minute",
    "GET /me/export": "5/hour",
    "DELETE /sessions/{session_token}": "10/hour",
    "DELETE /me": "10/hour",
}
PUBLIC = ("/riasec/questions", "/ikigai/dimensions")
START = next(route for route in WITH_LOGIN if route.operation_id == "start_recommendation")


@pytest.fixture
def settings(make_settings: MakeSettings) -> Settings:
    """With the limits that the service ships."""
    defaults = {name: Settings.model_fields[name].default for name in RATE_LIMITS}
    return make_settings(**defaults, internal_service_key=INTERNAL_KEY)


def operations(app: FastAPI) -> list[tuple[str, str]]:
    """Method and path of every operation of the interface."""
    return [
        (method.upper(), path)
        for path, found in app.openapi()["paths"].items()
        if path.startswith(API_PREFIX)
        for method in found
    ]


class Unread:
    """A body that must not be read."""

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        raise AssertionError("the body was read")


def quota_of(response: httpx.Response) -> list[int]:
    return [int(response.headers[name]) for name in HEADERS]


async def use_up(player: Player, path: str, times: int) -> list[int]:
    """Statuses of as many POSTs with an empty object, which no route accepts."""
    return [(await player.post(path, {})).status_code for _ in range(times)]


class TestEveryRoute:
    async def test_has_the_limit_of_the_specification(
        self, app: FastAPI, player: Player, subtests: pytest.Subtests
    ) -> None:
        for method, path in operations(app):
            with subtests.test(route=f"{method} {path}"):
                expected = parse(LIMITS[f"{method} {path.removeprefix(API)}"])
                url = path.format(session_token="tidak-ada")
                response = await player.client.request(method, url, headers=player.headers)
                limit, remaining, reset = quota_of(response)
                assert (limit, remaining) == (expected.amount, expected.amount - 1)
                assert expected.get_expiry() - 5 <= reset <= expected.get_expiry()

    def test_is_guarded(self, app: FastAPI) -> None:
        found = [
            context.original_route
            for context in iter_route_contexts(app.routes)
            if context.path is not None and context.path.startswith(API_PREFIX)
        ]
        assert len(found) == len(operations(app))
        assert all(isinstance(route, GuardedRoute) for route in found)

    def test_without_a_limit_is_refused_when_it_is_made(self) -> None:
        router = APIRouter(route_class=GuardedRoute)
        with pytest.raises(TypeError, match="forgetful names no limit"):

            @router.get("/forgetful")
            async def forgetful() -> str:
                return "never"

    def test_documents_429(self, app: FastAPI) -> None:
        for path, found in app.openapi()["paths"].items():
            for operation in found.values():
                is_limited = path.startswith("/api/") and not path.endswith("/health")
                assert ("429" in operation["responses"]) == is_limited


class TestLimits:
    async def test_finding_11_rate_limits_of_start_and_content(self, player: Player) -> None:
        token = await player.reach_ikigai()
        body = {"session_token": token}
        found = [await player.post("/ikigai/start", body) for _ in range(10)]
        assert [response.status_code for response in found] == [200] * 9 + [429]
        assert 3500 < int(found[-1].headers["retry-after"]) <= 3600
        path = f"/ikigai/content/{token}"
        found = [await player.get(path) for _ in range(31)]
        assert [response.status_code for response in found] == [200] * 30 + [429]
        assert 50 < int(found[-1].headers["retry-after"]) <= 60

    async def test_the_refusal(self, player: Player) -> None:
        await use_up(player, "/recommendation/start", 10)
        response = await player.post("/recommendation/start", {"persona_type": "BUILDER"})
        problem = assert_problem(response, 429, "rate_limited")
        limit, remaining, reset = quota_of(response)
        assert (limit, remaining) == (10, 0)
        assert problem["retryAfter"] == int(response.headers["retry-after"]) == reset
        assert "60 menit" in problem["detail"]

    async def test_refused_requests_count(self, player: Player) -> None:
        assert await use_up(player, "/recommendation/start", 12) == [422] * 10 + [429] * 2

    async def test_users_and_routes_are_counted_apart(self, player: Player, engine: Engine) -> None:
        await use_up(player, "/recommendation/start", 11)
        assert (await player.post("/riasec/submit", {})).status_code == 422
        other = Player(player.client, player.settings, add_user(engine))
        assert (await other.start())["resumed"] is False


class TestBeforeTheBody:
    @pytest.mark.parametrize("route", [r for r in WITH_LOGIN if r.body], ids=str)
    async def test_without_a_login(self, client: httpx.AsyncClient, route: Route) -> None:
        response = await client.post(route.template, content=Unread())
        assert_problem(response, 401, "not_authenticated")
        assert not any(name in response.headers for name in HEADERS)

    async def test_beyond_the_limit(self, player: Player) -> None:
        await use_up(player, "/recommendation/start", 10)
        response = await player.client.post(
            START.template, content=Unread(), headers=player.headers
        )
        assert_problem(response, 429, "rate_limited")

    async def test_unreadable_without_a_login(self, client: httpx.AsyncClient) -> None:
        headers = {"Content-Type": "application/json"}
        response = await client.post(START.template, content=b'{"persona', headers=headers)
        assert_problem(response, 401, "not_authenticated")


class TestHeadersOfErrors:
    async def test_after_the_check(
        self, app: FastAPI, player: Player, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def bug(*_: object) -> None:
            raise RuntimeError("a bug")

        monkeypatch.setattr(type(app.state.services.sessions), "start_recommendation", bug)
        post, headers = player.client.post, player.headers
        as_json = {**headers, "Content-Type": "application/json"}
        with capture_logs():
            found = [
                await player.get("/sessions/abc"),
                await player.get("/sessions/a%20b"),
                await post(START.template, content=b"{", headers=as_json),
                await post(START.template, content=too_much(), headers=headers),
                await player.post("/recommendation/start", {"persona_type": "BUILDER"}),
            ]
        assert [response.status_code for response in found] == [404, 422, 400, 413, 500]
        assert [quota_of(response)[1] for response in found] == [59, 58, 9, 8, 7]


async def too_much() -> AsyncIterator[bytes]:
    for _ in range(257):
        yield b" " * 1024


Visitor = Callable[..., httpx.AsyncClient]


@pytest.fixture
async def visitor(app: FastAPI, client: httpx.AsyncClient) -> AsyncIterator[Visitor]:
    """Clients that connect from an address of their own; `client` runs the lifespan."""
    made: list[httpx.AsyncClient] = []

    def make(address: str, **headers: str) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app=app, client=(address, 4711))
        made.append(httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers))
        return made[-1]

    yield make
    for found in made:
        await found.aclose()


async def statuses(client: httpx.AsyncClient, path: str, times: int) -> set[int]:
    return {(await client.get(API + path)).status_code for _ in range(times)}


class TestPublicRoutes:
    @pytest.mark.parametrize("path", PUBLIC)
    async def test_by_address(self, visitor: Visitor, path: str) -> None:
        one, other = visitor("203.0.113.5"), visitor("203.0.113.6")
        assert await statuses(one, path, 120) == {200}
        assert_problem(await one.get(API + path), 429, "rate_limited")
        assert await statuses(other, path, 1) == {200}

    async def test_a_login_makes_no_difference(self, visitor: Visitor, player: Player) -> None:
        one = visitor("203.0.113.5", **player.headers)
        assert await statuses(one, PUBLIC[0], 120) == {200}
        assert await statuses(one, PUBLIC[0], 1) == {429}

    async def test_no_limit_with_the_internal_key(self, visitor: Visitor) -> None:
        go = visitor("203.0.113.5", **{"X-Internal-Key": INTERNAL_KEY})
        assert await statuses(go, PUBLIC[0], 125) == {200}
        assert quota_of(await visitor("203.0.113.5").get(API + PUBLIC[0]))[1] == 119

    @pytest.mark.parametrize("key", ["", "wrong", INTERNAL_KEY[:-1], INTERNAL_KEY + "0", "ké"])
    async def test_a_wrong_key(self, visitor: Visitor, key: str) -> None:
        stranger = visitor("203.0.113.5")
        headers = [(b"x-internal-key", key.encode())]
        assert quota_of(await stranger.get(API + PUBLIC[0], headers=headers))[1] == 119

    async def test_an_unknown_header_is_not_believed(self, visitor: Visitor) -> None:
        for number in range(3):
            liar = visitor("203.0.113.5", **{"X-Forwarded-For": f"198.51.100.{number}"})
            assert quota_of(await liar.get(API + PUBLIC[0]))[1] == 119 - number

    async def test_behind_a_trusted_proxy(
        self, make_settings: MakeSettings, make_client: MakeClient
    ) -> None:
        proxied = make_settings(trusted_proxies="127.0.0.0/8, 10.0.0.1")
        client = await make_client(create_app(proxied))
        for number in range(3):
            headers = {"X-Forwarded-For": f"1.2.3.4, 198.51.100.{number}, 10.0.0.1"}
            response = await client.get(API + PUBLIC[0], headers=headers)
            assert quota_of(response)[0] - quota_of(response)[1] == 1


@pytest.mark.slow
class TestWithRedis:
    async def test_held_across_processes_and_kept_up_without_redis(
        self,
        redis_server: RedisServer,
        make_settings: MakeSettings,
        make_client: MakeClient,
        engine: Engine,
    ) -> None:
        limits = {"rate_limit_session_progress": "4/hour", "redis_url": redis_server.url}
        settings = make_settings(**limits)
        user = add_user(engine)
        apps = [create_app(settings), create_app(settings)]
        one, other = [Player(await make_client(app), settings, user) for app in apps]
        found = [(await player.get("/sessions/abc")).status_code for player in (one, other) * 3]
        assert found == [404] * 4 + [429] * 2
        redis_server.kill()
        found = [(await one.get("/sessions/abc")).status_code for _ in range(5)]
        assert found == [404] * 4 + [429]
