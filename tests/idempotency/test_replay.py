"""Idempotency-Key: the same request again gets its first answer; any other is told apart."""

import asyncio

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from app.main import create_app
from tests.api.test_wallet import add_wallet
from tests.conftest import MakeClient, MakeSettings
from tests.support import rows
from tests.support.idempotency import KEY, REPLAYED, held, kept, new_key, post, start
from tests.support.player import API, DIMENSIONS, Player, add_user, answer, sheet
from tests.support.problems import assert_problem

SANE_KEYS = ("a", "0", "x" * 255, '"8e03978e-40d5-43dd-bc93-6894a57f9324"', "!~", "a:b/c?d=e&f")
WRONG_KEYS = (b"", b" ", b"a b", b"x" * 256, b"a\tb", "kunci-é".encode(), b"\xff", b"a\x7f")


class TestReplay:
    async def test_the_first_answer(self, player: Player, engine: Engine) -> None:
        key = new_key()
        first, again = await start(player, key), await start(player, key)
        assert (first.status_code, again.status_code) == (200, 200)
        assert again.content == first.content  # without the key: resumed
        assert again.headers["content-type"] == first.headers["content-type"]
        assert REPLAYED not in first.headers
        assert again.headers[REPLAYED] == "true"
        assert again.headers["x-request-id"] != first.headers["x-request-id"]
        assert rows.counts_of(engine, player.user_id)[rows.SESSIONS] == 1

    async def test_also_when_the_world_has_moved_on(self, player: Player) -> None:
        key = new_key()
        first = (await start(player, key)).json()
        await player.submit_riasec(first, I=5, C=4)
        assert (await start(player, key)).json() == first
        assert (await player.start())["session_token"] != first["session_token"]

    async def test_every_post_of_a_journey(self, player: Player, engine: Engine) -> None:
        started = (await start(player, new_key())).json()
        token = started["session_token"]
        reference = {"session_token": token}
        calls = [
            ("/riasec/submit", sheet(started, I=5, C=4)),
            ("/ikigai/start", reference),
            *(("/ikigai/submit-dimension", answer(token, name)) for name in DIMENSIONS),
            ("/ikigai/finalize", reference),
        ]
        for path, body in calls:
            key = new_key()
            first, again = await post(player, path, body, key), await post(player, path, body, key)
            assert first.status_code == 200, first.text
            assert (again.content, again.headers[REPLAYED]) == (first.content, "true")
        assert len(kept(engine, player.user_id)) == 1 + len(calls)

    async def test_counts_for_the_limit(
        self, make_settings: MakeSettings, make_client: MakeClient, engine: Engine
    ) -> None:
        settings = make_settings(rate_limit_recommendation_start="3/hour")
        player = Player(await make_client(create_app(settings)), settings, add_user(engine))
        key = new_key()
        found = [await start(player, key) for _ in range(3)]
        assert [int(r.headers["ratelimit-remaining"]) for r in found] == [2, 1, 0]
        assert_problem(await start(player, key), 429, "rate_limited")

    async def test_a_charge_is_paid_once(
        self, make_settings: MakeSettings, make_client: MakeClient, engine: Engine
    ) -> None:
        settings = make_settings(recommendation_token_cost=3)
        player = Player(await make_client(create_app(settings)), settings, add_user(engine))
        wallet, key = add_wallet(engine, player.user_id, 10), new_key()
        first = (await start(player, key)).json()
        await player.submit_riasec(first, I=5, C=4)
        assert (await start(player, key)).json() == first
        assert rows.execute(
            engine, "UPDATE token_wallet SET balance = 0 WHERE id = :w AND balance = 7", w=wallet
        )

    async def test_nobody_is_let_in_by_it(self, player: Player, engine: Engine) -> None:
        key = new_key()
        assert (await start(player, key)).status_code == 200
        own = "UPDATE users SET role = :role, deleted_at = {} WHERE id = :id"
        rows.execute(engine, own.format("NULL"), role="ADMIN", id=player.user_id)
        assert_problem(await start(player, key), 403, "role_not_allowed")
        rows.execute(engine, own.format("now()"), role="USER", id=player.user_id)
        assert_problem(await start(player, key), 401, "not_authenticated")


class TestAnotherRequest:
    async def test_another_body(self, player: Player, engine: Engine) -> None:
        key = new_key()
        await start(player, key)
        before = rows.rows_of(engine, player.user_id)
        response = await start(player, key, "ACHIEVER")
        assert_problem(response, 422, "idempotency_key_reused")
        assert rows.rows_of(engine, player.user_id) == before

    async def test_the_body_counts_byte_for_byte(self, player: Player) -> None:
        headers = {**player.headers, KEY: new_key(), "Content-Type": "application/json"}
        path = f"{API}/recommendation/start"
        found = [
            await player.client.post(path, content=content, headers=headers)
            for content in (b'{"persona_type":"BUILDER"}', b'{"persona_type": "BUILDER"}')
        ]
        assert found[0].status_code == 200
        assert_problem(found[1], 422, "idempotency_key_reused")

    async def test_another_route_or_query(self, player: Player) -> None:
        key, body = new_key(), {"session_token": await player.reach_ikigai()}
        assert (await post(player, "/ikigai/start", body, key)).status_code == 200
        for path in ("/ikigai/finalize", "/ikigai/start?a=1"):
            response = await post(player, path, body, key)
            assert_problem(response, 422, "idempotency_key_reused")

    async def test_another_user(self, player: Player, engine: Engine) -> None:
        other, key = Player(player.client, player.settings, add_user(engine)), new_key()
        first, theirs = await start(player, key), await start(other, key)
        assert theirs.status_code == 200
        assert REPLAYED not in theirs.headers
        assert theirs.json()["session_token"] != first.json()["session_token"]


class TestKeys:
    @pytest.mark.parametrize("key", SANE_KEYS)
    async def test_sane(self, player: Player, key: str) -> None:
        assert (await start(player, key)).content == (await start(player, key)).content

    @pytest.mark.parametrize("key", WRONG_KEYS)
    async def test_wrong(self, player: Player, engine: Engine, key: bytes) -> None:
        login = player.headers["Authorization"].encode()
        headers = [(b"Authorization", login), (KEY.encode(), key)]
        response = await player.client.post(f"{API}/recommendation/start", headers=headers)
        problem = assert_problem(response, 422, "validation_failed")
        assert problem["errors"][0]["location"] == ["header", KEY]
        assert (kept(engine, player.user_id), rows.counts_of(engine, player.user_id)) == ([], {})

    async def test_two_at_once(self, player: Player) -> None:
        headers = httpx.Headers([*player.headers.items(), (KEY, "a"), (KEY, "b")])
        path = f"{API}/recommendation/start"
        response = await player.client.post(path, json={"persona_type": "BUILDER"}, headers=headers)
        assert_problem(response, 422, "validation_failed")

    async def test_without_meaning_elsewhere(self, player: Player, engine: Engine) -> None:
        for method in ("GET", "DELETE"):
            response = await player.client.request(
                method, f"{API}/sessions/abc", headers={**player.headers, KEY: "a b"}
            )
            assert response.status_code == 404
        assert kept(engine, player.user_id) == []

    async def test_documented_for_every_post_of_a_person(self, app: FastAPI) -> None:
        of_a_person: list[dict[str, list[str]]] = [{"bearer": []}]
        posts = [p["post"] for p in app.openapi()["paths"].values() if "post" in p]
        posts = [post for post in posts if post["security"] == of_a_person]
        assert len(posts) >= 6
        for operation in posts:
            [header] = [p for p in operation["parameters"] if p["name"] == KEY]
            assert (header["in"], header["required"]) == ("header", False)
            codes = str(operation["responses"]["409"]) + str(operation["responses"]["422"])
            assert "idempotency_in_progress" in codes
            assert "idempotency_key_reused" in codes


class TestWhileTheFirstRuns:
    async def test_in_progress(self, app: FastAPI, player: Player) -> None:
        key = new_key()
        async with held(app.state.services.sessions, "start_recommendation") as handler:
            first = asyncio.create_task(start(player, key))
            await handler.arrived.acquire()
            response = await start(player, key)
            problem = assert_problem(response, 409, "idempotency_in_progress")
            assert int(response.headers["retry-after"]) >= 1
            assert "retryAfter" not in problem
            other = await start(player, key, "ACHIEVER")
            assert_problem(other, 422, "idempotency_key_reused")
            handler.go_on.set()
            assert (await first).status_code == 200
        assert handler.calls == 1
        assert (await start(player, key)).content == first.result().content

    async def test_nothing_is_held(
        self, make_settings: MakeSettings, make_client: MakeClient, engine: Engine
    ) -> None:
        """Ten that wait in their handlers, and a pool of one connection."""
        settings = make_settings(db_pool_size=1, db_threads=1)
        app = create_app(settings)
        client = await make_client(app)
        players = [Player(client, settings, add_user(engine)) for _ in range(10)]
        async with held(app.state.services.sessions, "start_recommendation") as handler:
            waiting = [asyncio.create_task(start(player, "k")) for player in players]
            for _ in players:
                await handler.arrived.acquire()
            assert (await players[0].get("/sessions")).status_code == 200
            handler.go_on.set()
            found = await asyncio.gather(*waiting)
        assert {response.status_code for response in found} == {200}
