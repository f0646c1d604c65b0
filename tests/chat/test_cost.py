"""What a route of the chat costs the database, how often it may be called, and who may."""

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from app.main import create_app
from tests.chat.chatter import Chatter, say, use
from tests.conftest import MakeClient, MakeSettings
from tests.support.player import add_user
from tests.support.problems import assert_problem
from tests.support.statements import recorded_statements

READS = (
    "/conversations",
    "/conversations?status=active&limit=2",
    "/conversations/{talk}",
    "/conversations/{talk}/messages",
    "/conversations/{talk}/messages?before_id={message}",
    "/conversations/{talk}/suggestions",
    "/conversations/{talk}/usage",
    "/usage/summary",
)


class TestStatements:
    @pytest.mark.parametrize("path", READS)
    async def test_a_read_is_one(
        self, app: FastAPI, chatter: Chatter, engine: Engine, path: str
    ) -> None:
        talk = await chatter.create()
        said = [say(engine, talk, turn, version) for turn in range(1, 4) for version in (0, 1)]
        use(engine, said[1], "sim/model", (1, 2))
        with recorded_statements(app.state.health.database.engine) as statements:
            await chatter.ok("GET", path.format(talk=talk, message=said[-1]))
        assert len(statements) == 1

    async def test_a_change_is_two(self, app: FastAPI, chatter: Chatter) -> None:
        """The caller; the change with its audit row. Erasing forgets kept answers besides, and
        waits for whoever opens a conversation.
        """
        talk = await chatter.create()
        engine = app.state.health.database.engine
        for method, path, body in (
            ("POST", "/conversations", {}),
            ("PUT", f"/conversations/{talk}", {"title": "Baru"}),
            ("DELETE", f"/conversations/{talk}", None),
            ("DELETE", "/me", None),
        ):
            with recorded_statements(engine) as statements:
                response = await chatter.send(method, path, body)
            assert response.is_success
            assert len(statements) == 2 + 2 * (path == "/me"), path

    async def test_anothers_conversation_costs_what_an_absent_one_does(
        self, app: FastAPI, chatter: Chatter, stranger: Chatter
    ) -> None:
        talk = await chatter.create()
        sent = []
        for given in (talk, "3f2b8c1e-5d47-4a90-b6e3-0c9a7f1d2e84"):
            with recorded_statements(app.state.health.database.engine) as statements:
                await stranger.send("GET", f"/conversations/{given}/messages")
            sent.append([statement.replace(str(stranger.user_id), "") for statement in statements])
        assert sent[0] == sent[1]


class TestLimits:
    async def test_conversations_a_day(
        self, make_settings: MakeSettings, make_client: MakeClient, engine: Engine
    ) -> None:
        settings = make_settings(rate_limit_conversations_per_day="3")
        chatter = Chatter(await make_client(create_app(settings)), settings, add_user(engine))
        for _ in range(3):
            await chatter.create()
        refused = await chatter.send("POST", "/conversations", {})
        problem = assert_problem(refused, 429, "rate_limited")
        assert 86_000 < problem["retryAfter"] <= 86_400
        assert refused.headers["ratelimit-limit"] == "3"
        assert (await chatter.ok("GET", "/conversations"))["total"] == 3

    def test_as_the_page_has_them(self, make_settings: MakeSettings) -> None:
        settings = make_settings(
            rate_limit_messages_per_hour="200", rate_limit_conversations_per_day=100
        )
        assert settings.rate_limit_messages_per_hour == "200/hour"
        assert settings.rate_limit_conversations_per_day == "100/day"


class TestAdmission:
    async def test_as_the_career_profile(
        self, make_settings: MakeSettings, make_client: MakeClient, engine: Engine
    ) -> None:
        settings = make_settings(membership_required=True)
        client = await make_client(create_app(settings))
        outsider = Chatter(client, settings, add_user(engine))
        admin = Chatter(client, settings, add_user(engine, role="ADMIN"))
        deleted = Chatter(client, settings, add_user(engine, deleted=True))
        for method, path, body in (
            ("POST", "/conversations", {}),
            ("GET", "/conversations", None),
            ("GET", "/usage/summary", None),
        ):
            for person, status, code in (
                (outsider, 403, "membership_required"),
                (admin, 403, "role_not_allowed"),
                (deleted, 401, "not_authenticated"),
            ):
                assert_problem(await person.send(method, path, body), status, code)
        assert await outsider.ok("DELETE", "/me") == {"deleted": 0}


async def test_health_as_at_the_root(client: httpx.AsyncClient) -> None:
    root, chat = await client.get("/health"), await client.get("/api/chat/health")
    assert (chat.status_code, chat.json().keys()) == (root.status_code, root.json().keys())
    assert chat.json()["dependencies"] == root.json()["dependencies"]
