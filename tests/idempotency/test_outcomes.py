"""What becomes of a key: kept, free again, taken over, expired, erased."""

import asyncio
import contextlib
from typing import Any
from uuid import uuid4

import pytest
from fastapi import APIRouter, FastAPI
from sqlalchemy import Engine, exc
from starlette.responses import StreamingResponse
from structlog.testing import capture_logs

from app.core import idempotency
from app.core.guard import GuardedRoute, limited
from app.core.rate_limits import Limit
from app.idempotency import repository
from app.idempotency.service import purge_expired
from app.main import create_app
from tests.api.test_wallet import add_wallet, balances
from tests.conftest import MakeClient, MakeSettings
from tests.support import rows
from tests.support.idempotency import KEY, REPLAYED, held, kept, new_key, post, start
from tests.support.player import API, Player, add_user
from tests.support.problems import assert_problem
from tests.support.processes import wait_until
from tests.support.statements import recorded_statements

EXPIRE = "UPDATE idempotency_keys SET expires_at = now() WHERE user_id = :user"
LAPSE = "UPDATE idempotency_keys SET claimed_until = now() WHERE user_id = :user"


@contextlib.contextmanager
def failing_after(service: Any, method: str) -> Any:
    """The service does its work, and then the answer is lost to a bug."""
    original = getattr(type(service), method)

    async def fail(*args: Any) -> None:
        await original(*args)
        raise RuntimeError("a bug after the commit")

    with pytest.MonkeyPatch.context() as patch, capture_logs():
        patch.setattr(type(service), method, fail)
        yield


@pytest.fixture
async def payer(make_settings: MakeSettings, make_client: MakeClient, engine: Engine) -> Player:
    settings = make_settings(recommendation_token_cost=3)
    return Player(await make_client(create_app(settings)), settings, add_user(engine))


class TestRefusals:
    async def test_free_the_key(self, player: Player, engine: Engine) -> None:
        key = new_key()
        assert_problem(await start(player, key, "DREAMER"), 422, "validation_failed")
        assert kept(engine, player.user_id) == []
        assert (await start(player, key)).status_code == 200

    async def test_of_the_domain_too(self, player: Player) -> None:
        started, key = await player.start(), new_key()
        reference = {"session_token": started["session_token"]}
        early = await post(player, "/ikigai/start", reference, key)
        assert_problem(early, 400, "invalid_session_status")
        await player.submit_riasec(started, I=5, C=4)
        assert (await post(player, "/ikigai/start", reference, key)).status_code == 200

    async def test_who_has_paid_in_is_not_told_the_old_refusal(
        self, payer: Player, engine: Engine
    ) -> None:
        key = new_key()
        assert_problem(await start(payer, key), 402, "insufficient_tokens")
        add_wallet(engine, payer.user_id, 3)
        assert (await start(payer, key)).status_code == 200

    async def test_before_the_key_is_looked_at(
        self, make_settings: MakeSettings, make_client: MakeClient, engine: Engine
    ) -> None:
        settings = make_settings(rate_limit_recommendation_start="1/hour")
        player = Player(await make_client(create_app(settings)), settings, add_user(engine))
        path = f"{API}/recommendation/start"
        assert (await player.client.post(path, headers={KEY: "k"})).status_code == 401
        await player.post("/recommendation/start", {})
        assert (await start(player, "k")).status_code == 429
        assert kept(engine, player.user_id) == []

    async def test_a_body_too_large(self, player: Player, engine: Engine) -> None:
        response = await start(player, "k", "P" * 300_000)
        assert_problem(response, 413, "body_too_large")
        assert kept(engine, player.user_id) == []


class TestUnknownOutcome:
    async def test_the_same_request_runs_again(
        self, app: FastAPI, player: Player, engine: Engine
    ) -> None:
        key = new_key()
        with failing_after(app.state.services.sessions, "start_recommendation"):
            assert_problem(await start(player, key), 500, "internal_error")
        assert_problem(await start(player, key, "ACHIEVER"), 422, "idempotency_key_reused")
        response = await start(player, key)
        assert response.status_code == 200
        assert REPLAYED not in response.headers
        assert (await start(player, key)).content == response.content
        assert rows.counts_of(engine, player.user_id)[rows.SESSIONS] == 1

    async def test_paid_once_whatever_was_answered_meanwhile(
        self, payer: Player, engine: Engine, app: FastAPI
    ) -> None:
        """The answer is lost, the app finds the run in the list and goes on with it; then the
        first request comes again.
        """
        wallet, key = add_wallet(engine, payer.user_id, 10), new_key()
        with failing_after(app.state.services.sessions, "start_recommendation"):
            assert (await start(payer, key)).status_code == 500
        [run] = (await payer.ok_get("/sessions"))["items"]
        await payer.submit_riasec(await payer.start(), I=5, C=4)
        body = (await start(payer, key)).json()
        assert (body["session_token"], body["resumed"]) == (run["session_token"], True)
        assert body["status"] == "riasec_completed"
        assert balances(engine, payer.user_id) == {wallet: 7}
        assert (await start(payer, new_key())).json()["session_token"] != run["session_token"]
        assert balances(engine, payer.user_id) == {wallet: 4}

    async def test_cancelled(self, app: FastAPI, player: Player) -> None:
        key = new_key()
        async with held(app.state.services.sessions, "start_recommendation") as handler:
            first = asyncio.create_task(start(player, key))
            await handler.arrived.acquire()
            first.cancel()
            with pytest.raises(asyncio.CancelledError):
                await first
        assert (await start(player, key)).status_code == 200


class TestLease:
    async def test_taken_over_when_it_lapsed(
        self, app: FastAPI, player: Player, engine: Engine
    ) -> None:
        """Who comes back from the dead keeps nothing: the answer is the other's."""
        key = new_key()
        async with held(app.state.services.sessions, "start_recommendation") as handler:
            lost = asyncio.create_task(start(player, key))
            await handler.arrived.acquire()
            rows.execute(engine, LAPSE, user=player.user_id)
            assert_problem(await start(player, key, "ACHIEVER"), 422, "idempotency_key_reused")
            second = asyncio.create_task(start(player, key))
            await handler.arrived.acquire()
            [row] = kept(engine, player.user_id)
            handler.go_on.set()
            found = await asyncio.gather(lost, second)
        assert {response.status_code for response in found} == {200}
        assert kept(engine, player.user_id)[0].claim_id == row.claim_id
        assert (await start(player, key)).content == second.result().content

    async def test_renewed_as_long_as_the_process_lives(
        self, app: FastAPI, player: Player, engine: Engine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(idempotency, "LEASE_S", 0.15)
        async with held(app.state.services.sessions, "start_recommendation") as handler:
            first = asyncio.create_task(start(player, "k"))
            await handler.arrived.acquire()
            before = [row.claimed_until for row in kept(engine, player.user_id)]
            assert await asyncio.to_thread(
                wait_until, lambda: kept(engine, player.user_id)[0].claimed_until > before[0]
            )
            handler.go_on.set()
            assert (await first).status_code == 200

    async def test_a_database_that_fails_now_costs_only_the_kept_answer(
        self, player: Player, engine: Engine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def away(*_: object, **__: object) -> None:
            raise exc.OperationalError("UPDATE", {}, Exception("gone"))

        monkeypatch.setattr(repository, "keep", away)
        with capture_logs() as log:
            assert (await start(player, "k")).status_code == 200
        assert "idempotency_not_settled" in {line["event"] for line in log}
        assert kept(engine, player.user_id)[0].status is None


class TestStreams:
    async def test_are_not_kept(self, app: FastAPI, player: Player, engine: Engine) -> None:
        router = APIRouter(route_class=GuardedRoute)

        @router.post("/stream", response_class=StreamingResponse)
        @limited(Limit.RIASEC_SUBMIT)
        async def stream() -> StreamingResponse:
            return StreamingResponse(iter([b"data: 1\n\n"]), media_type="text/event-stream")

        app.include_router(router)
        headers = {**player.headers, KEY: "k"}
        for _ in range(2):
            response = await player.client.post("/stream", headers=headers)
            assert response.content == b"data: 1\n\n"
            assert REPLAYED not in response.headers
        assert [row.body for row in kept(engine, player.user_id)] == [None]


class TestExpiry:
    async def test_kept_for_a_day(self, player: Player, engine: Engine) -> None:
        await start(player, "k")
        [row] = kept(engine, player.user_id)
        assert (row.expires_at - row.asked_at).total_seconds() == 24 * 3600

    async def test_then_any_request_may_have_the_key(self, player: Player, engine: Engine) -> None:
        first = await start(player, "k")
        rows.execute(engine, EXPIRE, user=player.user_id)
        second = await start(player, "k", "ACHIEVER")
        assert second.status_code == 200
        assert REPLAYED not in second.headers
        assert second.content != first.content
        assert (await start(player, "k", "ACHIEVER")).content == second.content

    async def test_purged(self, app: FastAPI, player: Player, engine: Engine) -> None:
        old, new = player, Player(player.client, player.settings, add_user(engine))
        for owner in (old, new):
            await start(owner, "k")
            await start(owner, "l")
        rows.execute(engine, EXPIRE, user=old.user_id)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(repository, "PURGED_AT_ONCE", 1)
            await purge_expired(app.state.health.database)
        assert (kept(engine, old.user_id), len(kept(engine, new.user_id))) == ([], 2)


class TestErased:
    async def test_with_the_person(self, player: Player, engine: Engine) -> None:
        other = Player(player.client, player.settings, add_user(engine))
        await start(player, "k")
        await start(other, "k")
        assert (await player.delete("/me")).json() == {"deleted": 1}
        assert kept(engine, player.user_id) == []
        assert len(kept(engine, other.user_id)) == 1

    async def test_with_the_session(self, player: Player, engine: Engine) -> None:
        token = (await start(player, "k")).json()["session_token"]
        await player.submit_riasec({"session_token": token, **await issued(player, token)}, I=5)
        later = (await start(player, "l")).json()["session_token"]
        assert (await player.delete(f"/sessions/{token}")).status_code == 200
        [row] = kept(engine, player.user_id)
        assert later.encode() in bytes(row.body)

    async def test_an_answer_on_its_way_is_not_kept(
        self, app: FastAPI, player: Player, engine: Engine
    ) -> None:
        token = (await start(player, "k")).json()["session_token"]
        sessions = app.state.services.sessions
        for path in (f"/sessions/{token}", "/me"):
            async with held(sessions, "start_recommendation", after=True) as work:
                starting = asyncio.create_task(start(player, "l"))
                await work.arrived.acquire()
                await player.delete(path)
                work.go_on.set()
                assert (await starting).status_code == 200
            assert kept(engine, player.user_id) == []


async def issued(player: Player, token: str) -> dict[str, list[int]]:
    questions = (await player.ok_get(f"/riasec/questions/{token}"))["questions"]
    return {"question_ids": [question["question_id"] for question in questions]}


class TestStatements:
    async def test_what_a_key_costs(self, app: FastAPI, player: Player) -> None:
        engine, key = app.state.health.database.engine, str(uuid4())
        found = []
        for with_key in (None, key, key):
            with recorded_statements(engine) as statements:
                if with_key is None:
                    await player.start()
                else:
                    await start(player, with_key)
            found.append(len(statements))
        own = found[0]
        assert found == [own, own + 2, 2]  # claim and keep; claim in vain and find
