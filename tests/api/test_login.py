"""Who is let in; who is not, at every route, is told in tests/security/test_access.py."""

from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import Engine

from app.main import create_app
from tests.conftest import SECRET, MakeClient, MakeSettings
from tests.support.forged_tokens import OTHER_SECRET, token_of
from tests.support.player import Player, add_user
from tests.support.problems import assert_problem
from tests.support.routes import OF_A_SESSION, PUBLIC, WITH_LOGIN
from tests.support.rows import counts_of, rows_of


class TestAccount:
    @pytest.mark.parametrize("role", ["USER", "EXPERT", "CLUB"])
    async def test_welcome(self, player: Player, engine: Engine, role: str) -> None:
        player.user_id = add_user(engine, role=role)
        assert (await player.start())["resumed"] is False

    @pytest.mark.parametrize("route", PUBLIC, ids=str)
    async def test_no_login_needed(self, player: Player, route: Any) -> None:
        assert (await route.send(player.client)).status_code == 200


def without_request_id(response: httpx.Response) -> dict[str, Any]:
    body: dict[str, Any] = response.json()
    return {name: value for name, value in body.items() if name != "request_id"}


class TestAnotherUsersSession:
    @pytest.mark.parametrize("stage", ["riasec_ongoing", "ikigai_ongoing", "completed"])
    async def test_reads_as_absent(
        self, player: Player, engine: Engine, subtests: pytest.Subtests, stage: str
    ) -> None:
        token = await _reach(player, stage)
        before = rows_of(engine, player.user_id)
        stranger = Player(player.client, player.settings, add_user(engine))
        for route in OF_A_SESSION:
            with subtests.test(route=str(route)):
                theirs = await route.send(stranger.client, stranger.headers, token)
                absent = await route.send(stranger.client, stranger.headers)
                assert_problem(theirs, 404, "session_not_found")
                assert without_request_id(theirs) == without_request_id(absent)
        assert rows_of(engine, player.user_id) == before
        assert counts_of(engine, stranger.user_id) == {}


async def _reach(player: Player, stage: str) -> str:
    if stage == "riasec_ongoing":
        return str((await player.start())["session_token"])
    token = await player.reach_ikigai()
    if stage == "completed":
        await player.answer_all(token)
    return token


class TestConfiguredClaims:
    async def _status(
        self, make_client: MakeClient, settings: Any, user: UUID, **claims: Any
    ) -> int:
        client = await make_client(create_app(settings))
        headers = {"Authorization": f"Bearer {token_of(user, **claims)}"}
        return (await WITH_LOGIN[0].send(client, headers)).status_code

    @pytest.mark.parametrize(
        ("claims", "status"),
        [
            ({"iss": "login", "aud": "kenali"}, 200),
            ({"iss": "login", "aud": ["lain", "kenali"]}, 200),
            ({"iss": "lain", "aud": "kenali"}, 401),
            ({"aud": "kenali"}, 401),
            ({"iss": "login", "aud": "lain"}, 401),
            ({"iss": "login"}, 401),
        ],
        ids=["both", "one of several", "other issuer", "no issuer", "other audience", "none"],
    )
    async def test_issuer_and_audience(
        self,
        make_settings: MakeSettings,
        make_client: MakeClient,
        engine: Engine,
        claims: dict[str, Any],
        status: int,
    ) -> None:
        settings = make_settings(jwt_issuer="login", jwt_audience="kenali")
        assert await self._status(make_client, settings, add_user(engine), **claims) == status

    async def test_not_looked_at_when_not_configured(
        self, make_settings: MakeSettings, make_client: MakeClient, engine: Engine
    ) -> None:
        claims = {"iss": "siapa saja", "aud": "apa saja"}
        found = await self._status(make_client, make_settings(), add_user(engine), **claims)
        assert found == 200

    @pytest.mark.parametrize("key", [SECRET, OTHER_SECRET])
    async def test_the_previous_secret_too(
        self, make_settings: MakeSettings, make_client: MakeClient, engine: Engine, key: str
    ) -> None:
        settings = make_settings(jwt_secret_previous=OTHER_SECRET)
        assert await self._status(make_client, settings, add_user(engine), key=key) == 200

    async def test_user_id_instead_of_sub(
        self, make_settings: MakeSettings, make_client: MakeClient, engine: Engine
    ) -> None:
        user_id = add_user(engine)
        claims = {"sub": None, "user_id": str(user_id)}
        assert await self._status(make_client, make_settings(), user_id, **claims) == 200
