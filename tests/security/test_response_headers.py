"""What every answer tells browsers and caches."""

import re
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from tests.support.access import Access, doors_of
from tests.support.player import API, Player

QUESTIONS = f"{API}/riasec/questions"
CACHEABLE = {"list_riasec_questions", "list_ikigai_dimensions"}


def assert_protected(response: httpx.Response) -> None:
    """Each header once: of two values a browser may take either."""
    for name, value in (("x-content-type-options", "nosniff"), ("referrer-policy", "no-referrer")):
        assert response.headers.get_list(name) == [value]
    [policy] = response.headers.get_list("content-security-policy")
    assert "frame-ancestors 'none'" in policy
    assert len(response.headers.get_list("cache-control")) <= 1


def policy_of(response: httpx.Response) -> dict[str, str]:
    parts = response.headers["content-security-policy"].split(";")
    return {name: value for name, _, value in (part.strip().partition(" ") for part in parts)}


class TestEveryAnswer:
    async def test_of_every_route(
        self, app: FastAPI, player: Player, subtests: pytest.Subtests
    ) -> None:
        objects = {"session_token": str((await player.start())["session_token"])}
        for door in (door for door in doors_of(app.openapi()) if not door.rule.endless):
            with subtests.test(door=str(door)):
                known = {**objects, door.rule.owned: objects.get(door.rule.owned, "tidak-ada")}
                response = await door.knock(player.client, [*player.headers.items()], known)
                assert_protected(response)
                assert policy_of(response) == {
                    "default-src": "'none'",
                    "base-uri": "'none'",
                    "frame-ancestors": "'none'",
                }
                if door.rule.access is not Access.PUBLIC:
                    assert response.headers["cache-control"] == "no-store"

    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [("GET", "/tidak/ada", 404), ("PUT", QUESTIONS, 405), ("GET", f"{API}/sessions", 401)],
    )
    async def test_of_refusals(
        self, client: httpx.AsyncClient, method: str, path: str, status: int
    ) -> None:
        response = await client.request(method, path)
        assert response.status_code == status
        assert_protected(response)
        assert response.headers["cache-control"] == "no-store"

    async def test_of_a_body_that_is_too_large(self, player: Player) -> None:
        response = await player.post("/recommendation/start", {"persona_type": "P" * 300_000})
        assert response.status_code == 413
        assert_protected(response)

    async def test_of_an_unexpected_error(
        self, player: Player, app: FastAPI, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object) -> None:
            raise RuntimeError

        monkeypatch.setattr(type(app.state.services.sessions), "progress", fail)
        response = await player.get("/sessions/abc")
        assert response.status_code == 500
        assert_protected(response)
        assert response.headers["cache-control"] == "no-store"


class TestCaching:
    @pytest.mark.parametrize("path", [QUESTIONS, f"{API}/ikigai/dimensions"])
    async def test_what_is_the_same_for_all_is_kept(
        self, client: httpx.AsyncClient, path: str
    ) -> None:
        first = await client.get(path)
        assert first.headers["cache-control"] == "public, max-age=3600"
        again = await client.get(path, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.headers["cache-control"]) == (304, "public, max-age=3600")
        assert_protected(again)

    async def test_nothing_else_is(self, app: FastAPI) -> None:
        """A route that takes to caching must be one of these."""
        found = {
            operation["operationId"]
            for methods in app.openapi()["paths"].values()
            for operation in methods.values()
            if "304" in operation["responses"]
        }
        assert found == CACHEABLE


class TestDocumentationPage:
    async def test_may_load_what_it_needs_from_here_only(self, client: httpx.AsyncClient) -> None:
        page = await client.get("/docs")
        assert_protected(page)
        policy = policy_of(page)
        assert policy["default-src"] == "'none'"
        assert policy["connect-src"] == "'self'"
        for kind in ("script-src", "style-src", "img-src"):
            assert "'self'" in policy[kind]
            assert not re.search(r"https?:|\*", policy[kind])
        assert ("<script>" in page.text) == ("'unsafe-inline'" in policy["script-src"])

    async def test_its_assets_are_kept(self, client: httpx.AsyncClient) -> None:
        page = await client.get("/docs")
        assets: list[Any] = re.findall(r"""src=["']([^"']+\.js)["']""", page.text)
        for asset in assets:
            response = await client.get(asset)
            assert_protected(response)
            assert "no-store" not in response.headers.get("cache-control", "")
            assert response.headers["etag"]
