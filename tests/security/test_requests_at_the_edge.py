"""Odd but well-formed requests: methods, paths, headers, and where a token may stand."""

from collections import defaultdict
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from app.core.security import MAX_TOKEN_CHARS
from app.core.settings import Settings
from tests.support.access import doors_of, operations_of
from tests.support.forged_tokens import token_of
from tests.support.live_server import live_server
from tests.support.player import API, Player, add_user
from tests.support.problems import assert_problem
from tests.support.rows import rows_of

QUESTIONS = f"{API}/riasec/questions"


class TestMethods:
    async def test_allow_names_every_method_of_the_path(
        self, app: FastAPI, client: httpx.AsyncClient, subtests: pytest.Subtests
    ) -> None:
        known: dict[str, set[str]] = {}
        for _, method, path in operations_of(app.openapi()):
            known.setdefault(path, set()).add(method)
        for path, methods in known.items():
            with subtests.test(path=path):
                allowed = methods | ({"HEAD"} if "GET" in methods else set())
                place = path.replace("{", "").replace("}", "")
                response = await client.request("OPTIONS", place)
                assert_problem(response, 405, "method_not_allowed")
                assert set(response.headers["allow"].split(", ")) == allowed

    @pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "get", "A" * 1_000])
    async def test_unknown_ones(self, client: httpx.AsyncClient, method: str) -> None:
        request = client.build_request("GET", QUESTIONS)
        request.method = method
        assert_problem(await client.send(request), 405, "method_not_allowed")

    async def test_nothing_is_overridden(self, player: Player, engine: Engine) -> None:
        token = (await player.start())["session_token"]
        before = rows_of(engine, player.user_id)
        path = f"/sessions/{token}?_method=DELETE"
        headers = {**player.headers, "X-HTTP-Method-Override": "DELETE"}
        response = await player.client.get(API + path, headers=headers)
        assert response.json()["session_token"] == token
        assert rows_of(engine, player.user_id) == before


class TestHead:
    async def test_is_get_without_the_body(
        self, settings: Settings, engine: Engine, subtests: pytest.Subtests
    ) -> None:
        headers = {"Authorization": f"Bearer {token_of(add_user(engine))}"}
        with live_server(settings) as base_url:
            async with httpx.AsyncClient(base_url=base_url, headers=headers) as client:
                for path in ("/health", "/health/live", QUESTIONS, f"{API}/sessions", "/docs"):
                    with subtests.test(path=path):
                        head, got = await client.head(path), await client.get(path)
                        assert head.status_code == got.status_code == 200
                        assert (head.content, bool(got.content)) == (b"", True)
                        assert head.headers.keys() == got.headers.keys()
                absent = await client.head(f"{API}/sessions/tidak-ada")
                assert (absent.status_code, absent.content) == (404, b"")
                refused = await client.head(f"{API}/recommendation/start")
                assert refused.status_code == 405

    async def test_counts_as_a_request(self, client: httpx.AsyncClient) -> None:
        left = [
            int((await client.request(method, QUESTIONS)).headers["ratelimit-remaining"])
            for method in ("GET", "HEAD", "GET")
        ]
        assert left == [left[0], left[0] - 1, left[0] - 2]


class TestPaths:
    @pytest.mark.parametrize("suffix", ["/", "//", "/%2e", "/x", ";v=1", ".json"])
    async def test_only_the_exact_one(self, player: Player, suffix: str) -> None:
        """A second address for the same answer is one that a proxy's rule does not know."""
        for path in (f"{API}/sessions", f"{API}/me/export", "/api/chat/conversations"):
            response = await player.client.get(path + suffix, headers=player.headers)
            assert response.status_code in {404, 405, 422}, response.text

    @pytest.mark.parametrize(
        "path",
        [
            "/api/v1/CAREER-PROFILE/sessions",
            "/api/v1//career-profile/sessions",
            "//api/v1/career-profile/sessions",
            "/static-offline-docs/%2e%2e/main.py",
            "/static-offline-docs/..%2f..%2f..%2f..%2fetc/passwd",
        ],
    )
    async def test_no_way_around(self, player: Player, path: str) -> None:
        response = await player.client.get(path, headers=player.headers)
        assert_problem(response, 404, "not_found")

    @pytest.mark.parametrize(
        "name", ["%2e%2e", "..%2f..%2fme%2fexport", "%252e%252e", "..%5c", "x%00", "~", "*"]
    )
    async def test_traversal_in_an_id(
        self, app: FastAPI, player: Player, subtests: pytest.Subtests, name: str
    ) -> None:
        """Sent as it stands: clients would tidy the dots away."""
        for door in doors_of(app.openapi()):
            if door.rule.owned and "{" in door.template:
                with subtests.test(door=str(door)):
                    names = defaultdict(lambda: str(uuid4()), {door.rule.owned: name})
                    place = door.template.format_map(names)
                    url = httpx.URL("http://test").copy_with(raw_path=place.encode())
                    response = await player.client.request(door.method, url, headers=player.headers)
                    assert response.status_code in {404, 405, 422}, response.text


class TestLoginHeader:
    @pytest.mark.parametrize("name", ["Authorization", "authorization", "AUTHORIZATION"])
    @pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
    async def test_in_any_case(self, player: Player, name: str, scheme: str) -> None:
        headers = {name: f"{scheme} {token_of(player.user_id)}"}
        response = await player.client.get(f"{API}/sessions", headers=headers)
        assert response.status_code == 200

    @pytest.mark.parametrize(
        "name", ["token", "access_token", "authorization", "Authorization", "jwt", "bearer"]
    )
    async def test_never_in_the_address(self, player: Player, name: str) -> None:
        for value in (token_of(player.user_id), f"Bearer {token_of(player.user_id)}"):
            response = await player.client.get(f"{API}/sessions", params={name: value})
            assert_problem(response, 401, "not_authenticated")

    async def test_never_in_a_body(self, player: Player) -> None:
        body = {"persona_type": "BUILDER", "access_token": token_of(player.user_id)}
        response = await player.client.post(f"{API}/recommendation/start", json=body)
        assert_problem(response, 401, "not_authenticated")

    async def test_as_long_as_allowed(self, player: Player) -> None:
        """A token with many claims is fine; one beyond the limit is not even read."""
        lengths = {}
        for padding in (5_000, 7_000):
            token = token_of(player.user_id, padding="a" * padding)
            headers = {"Authorization": f"Bearer {token}"}
            response = await player.client.get(f"{API}/sessions", headers=headers)
            lengths[len(token) <= MAX_TOKEN_CHARS] = response.status_code
        assert lengths == {True: 200, False: 401}
