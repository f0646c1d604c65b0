"""Who gets in: the Go gateway's login, and memberships."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import Engine, text

from app.main import create_app
from tests.conftest import MakeClient, MakeSettings
from tests.support.player import API, Player, add_user
from tests.support.problems import assert_problem

KEY = "a-key-between-services-0123456789"
PREVIOUS_KEY = "the-key-of-last-year-9876543210zyx"
GATEWAY: Mapping[str, Any] = {"auth_mode": "gateway", "internal_service_key": KEY}
START = {"persona_type": "BUILDER"}


class TestGateway:
    @pytest.fixture
    async def gateway(
        self, make_settings: MakeSettings, make_client: MakeClient
    ) -> httpx.AsyncClient:
        return await make_client(create_app(make_settings(**GATEWAY)))

    async def test_named_user_with_the_key_is_let_in(
        self, gateway: httpx.AsyncClient, engine: Engine
    ) -> None:
        headers = {"X-User-Id": str(add_user(engine)), "X-Internal-Key": KEY}
        answer = await gateway.post(f"{API}/recommendation/start", json=START, headers=headers)
        assert answer.status_code == 200

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"X-User-Id": "{user}"},
            {"X-User-Id": "{user}", "X-Internal-Key": "wrong"},
            {"X-User-Id": "{user}", "X-Internal-Key": ""},
            {"X-Internal-Key": KEY},
            {"X-User-Id": "not-a-uuid", "X-Internal-Key": KEY},
            {"X-User-Id": "{absent}", "X-Internal-Key": KEY},
        ],
    )
    async def test_anything_less_is_refused(
        self, gateway: httpx.AsyncClient, engine: Engine, headers: Mapping[str, str]
    ) -> None:
        known = {"user": str(add_user(engine)), "absent": str(uuid4())}
        filled = {name: value.format(**known) for name, value in headers.items()}
        answer = await gateway.post(f"{API}/recommendation/start", json=START, headers=filled)
        assert_problem(answer, 401, "not_authenticated")

    @pytest.mark.parametrize("key", [KEY, PREVIOUS_KEY])
    async def test_the_previous_key_too_while_it_is_set(
        self, make_settings: MakeSettings, make_client: MakeClient, engine: Engine, key: str
    ) -> None:
        headers = {"X-User-Id": str(add_user(engine)), "X-Internal-Key": key}
        found = []
        for previous in (PREVIOUS_KEY, None):
            settings = make_settings(**GATEWAY, internal_service_key_previous=previous)
            client = await make_client(create_app(settings))
            found.append((await client.get(f"{API}/sessions", headers=headers)).status_code)
        assert found == [200, 200 if key == KEY else 401]

    async def test_a_jwt_does_not_count_here(
        self, gateway: httpx.AsyncClient, player: Player
    ) -> None:
        answer = await gateway.post(
            f"{API}/recommendation/start", json=START, headers=player.headers
        )
        assert_problem(answer, 401, "not_authenticated")


async def test_a_forged_user_id_changes_nothing_in_jwt_mode(
    client: httpx.AsyncClient, player: Player, engine: Engine
) -> None:
    started = await player.start()
    stranger = {"X-User-Id": str(add_user(engine)), "X-Internal-Key": KEY}
    path = f"{API}/sessions/{started['session_token']}"
    assert (await client.get(path, headers={**player.headers, **stranger})).status_code == 200
    assert_problem(await client.get(path, headers=stranger), 401, "not_authenticated")


MEMBERSHIPS = [
    ("none", None, 403),
    ("active", "true, NULL, NULL", 200),
    ("active until tomorrow", "true, now() + interval '1 day', NULL", 200),
    ("expired", "true, now() - interval '1 minute', NULL", 403),
    ("inactive", "false, NULL, NULL", 403),
    ("deleted", "true, NULL, now()", 403),
]


@pytest.mark.parametrize(
    ("row", "status"), [item[1:] for item in MEMBERSHIPS], ids=[item[0] for item in MEMBERSHIPS]
)
async def test_membership(
    make_settings: MakeSettings,
    make_client: MakeClient,
    engine: Engine,
    row: str | None,
    status: int,
) -> None:
    settings = make_settings(membership_required=True)
    player = Player(await make_client(create_app(settings)), settings, add_user(engine))
    if row is not None:
        with engine.begin() as connection:
            connection.execute(
                text(
                    "INSERT INTO memberships (user_id, is_active, expired_at, deleted_at)"
                    f" VALUES (:user_id, {row})"
                ),
                {"user_id": player.user_id},
            )
    answer = await player.post("/recommendation/start", START)
    if status == 200:
        assert answer.status_code == 200
    else:
        assert_problem(answer, 403, "membership_required")


async def test_leaving_needs_no_membership(
    make_settings: MakeSettings, make_client: MakeClient, engine: Engine
) -> None:
    settings = make_settings(membership_required=True)
    player = Player(await make_client(create_app(settings)), settings, add_user(engine))
    assert (await player.get("/me/export")).status_code == 200
    deleted = await player.client.delete(f"{API}/me", headers=player.headers)
    assert deleted.status_code == 200
