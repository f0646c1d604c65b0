"""Who is let in at the WebSocket, and how it ends."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import Engine
from structlog.testing import capture_logs

from app.chat.notifications import socket as notification_socket
from app.chat.notifications import stages, stream
from app.core import metrics
from app.core.security import issue_token
from app.core.settings import Settings
from app.main import create_app
from tests.chat.notifications.conftest import ORIGIN, SOCKET, Person
from tests.conftest import MakeClient, MakeSettings
from tests.support.asgi_socket import asgi_socket
from tests.support.player import add_user
from tests.support.processes import wait_until

KEY = "kunci-antar-layanan-0123456789abcdef"


@pytest.fixture(scope="module")
async def running(server_settings: Settings) -> AsyncIterator[FastAPI]:
    """One application for all: what a test changes, it changes for its own person."""
    app = create_app(server_settings)
    async with app.router.lifespan_context(app):
        yield app


def hello(token: str | None, **more: object) -> dict[str, Any]:
    return {"type": "authenticate", "token": token, **more}


async def greeted_with(app: FastAPI, frame: object) -> list[Any]:
    """What the service says to a client that says this first."""
    async with asgi_socket(app, SOCKET) as socket:
        await socket.say(frame)
        return await socket.rest()


class TestFirstFrame:
    async def test_lets_in(self, running: FastAPI, person: Person) -> None:
        person.tell(stages.interim("c-1", "m-1"))
        async with asgi_socket(running, SOCKET) as socket:
            await socket.say(hello(person.token()))
            assert await socket.next() == "accept"
            assert await socket.next() == {"type": "authenticated"}
            assert (await socket.next())["data"]["stage"] == "interim"
            await socket.leave()

    @pytest.mark.parametrize(
        "frame",
        [
            "",
            "bukan json",
            b"\x00\x01",
            [],
            {"type": "acknowledge", "id": 1},
            {"type": "authenticate", "token": 5},
            hello(None, last_event_id=0),
            hello(None, berlebih=True),
            hello("x" * 8193),
            " " * 20_000 + "{}",
            "[" * 10_000,
            '{"type": "authenticate", "token": "\\ud800"}',
        ],
    )
    async def test_that_is_none(self, running: FastAPI, frame: object) -> None:
        heard = await greeted_with(running, frame)
        assert heard[0] == "accept"
        assert heard[1]["code"] == "unreadable_frame"
        assert heard[2:] == [4400]

    async def test_that_does_not_come(
        self, running: FastAPI, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(notification_socket, "AUTHENTICATE_WITHIN_S", 0.05)
        async with asgi_socket(running, SOCKET) as socket:
            heard = await socket.rest()
        assert heard[1]["code"] == "not_authenticated"
        assert heard[-1] == 4401

    async def test_client_that_leaves_without_a_word(self, running: FastAPI) -> None:
        async with asgi_socket(running, SOCKET) as socket:
            await socket.leave(1001)


class TestRefused:
    @pytest.mark.parametrize("kind", ["absent", "garbage", "expired", "forged", "unknown", "gone"])
    async def test_without_a_login(
        self, running: FastAPI, person: Person, engine: Engine, kind: str
    ) -> None:
        strange = person.settings.model_copy(update={"jwt_secret": SecretStr("x" * 32)})
        hour = timedelta(hours=1)
        token = {
            "absent": None,
            "garbage": "a.b.c",
            "expired": issue_token(person.settings, person.user_id, -hour),
            "forged": issue_token(strange, person.user_id, hour),
            "unknown": issue_token(person.settings, uuid4(), hour),
            "gone": issue_token(person.settings, add_user(engine, deleted=True), hour),
        }[kind]
        heard = await greeted_with(running, hello(token))
        assert heard[1]["type"] == "error"
        assert heard[1]["code"] == "not_authenticated"
        assert heard[2:] == [4401]

    async def test_wrong_role(self, running: FastAPI, person: Person, engine: Engine) -> None:
        token = issue_token(person.settings, add_user(engine, role="ADMIN"), timedelta(hours=1))
        heard = await greeted_with(running, hello(token))
        assert (heard[1]["code"], heard[-1]) == ("role_not_allowed", 4403)

    async def test_without_membership(
        self, make_settings: MakeSettings, make_client: MakeClient, person: Person
    ) -> None:
        app = create_app(make_settings(membership_required=True))
        await make_client(app)
        heard = await greeted_with(app, hello(person.token()))
        assert (heard[1]["code"], heard[-1]) == ("membership_required", 4403)

    async def test_too_often(
        self, make_settings: MakeSettings, make_client: MakeClient, person: Person
    ) -> None:
        app = create_app(make_settings(rate_limit_notification_stream="1/hour"))
        await make_client(app)
        async with asgi_socket(app, SOCKET) as socket:
            await socket.say(hello(person.token()))
            assert [await socket.next() for _ in range(2)][1] == {"type": "authenticated"}
            await socket.leave()
        heard = await greeted_with(app, hello(person.token()))
        assert (heard[1]["code"], heard[-1]) == ("rate_limited", 4429)

    async def test_page_of_a_stranger(self, running: FastAPI, person: Person) -> None:
        """Before the handshake: a browser of theirs opens nothing."""
        headers = {"Origin": "https://jahat.example"}
        async with asgi_socket(running, SOCKET, headers) as socket:
            assert await socket.rest() == [4403]

    async def test_page_of_ours(self, running: FastAPI, person: Person) -> None:
        async with asgi_socket(running, SOCKET, {"Origin": ORIGIN}) as socket:
            await socket.say(hello(person.token()))
            assert [await socket.next() for _ in range(2)] == ["accept", {"type": "authenticated"}]
            await socket.leave()


class TestBehindTheGateway:
    async def test_headers_say_who(
        self, make_settings: MakeSettings, make_client: MakeClient, person: Person
    ) -> None:
        app = create_app(make_settings(auth_mode="gateway", internal_service_key=KEY))
        await make_client(app)
        headers = {"X-Internal-Key": KEY, "X-User-Id": str(person.user_id)}
        async with asgi_socket(app, SOCKET, headers) as socket:
            await socket.say({"type": "authenticate"})
            assert [await socket.next() for _ in range(2)][1] == {"type": "authenticated"}
            await socket.leave()

    @pytest.mark.parametrize("key", [None, "lain"])
    async def test_headers_that_nobody_vouches_for(
        self, make_settings: MakeSettings, make_client: MakeClient, person: Person, key: str | None
    ) -> None:
        app = create_app(make_settings(auth_mode="gateway", internal_service_key=KEY))
        await make_client(app)
        headers = {"X-User-Id": str(person.user_id)} | ({"X-Internal-Key": key} if key else {})
        async with asgi_socket(app, SOCKET, headers) as socket:
            await socket.say(hello(person.token()))
            assert (await socket.rest())[-1] == 4401

    async def test_forged_header_in_token_mode(self, running: FastAPI, person: Person) -> None:
        async with asgi_socket(running, SOCKET, {"X-User-Id": str(person.user_id)}) as socket:
            await socket.say(hello(None))
            assert (await socket.rest())[-1] == 4401


class TestConversation:
    async def test_frame_that_makes_no_sense(self, running: FastAPI, person: Person) -> None:
        async with asgi_socket(running, SOCKET) as socket:
            await socket.say(hello(person.token()))
            await socket.say({"type": "lain"})
            heard = await socket.rest()
        assert heard[-2]["code"] == "unreadable_frame"
        assert heard[-1] == 4400

    async def test_acknowledging_what_was_never_sent(
        self, running: FastAPI, person: Person, stranger: Person
    ) -> None:
        stranger.tell(stages.interim("c-1", "m-1"))
        other = stranger.stored()[0][0]
        counter = metrics.notifications_delivered.labels(stream.Kind.WEBSOCKET)
        before = counter._value.get()
        async with asgi_socket(running, SOCKET) as socket:
            await socket.say(hello(person.token(), acknowledges=True))
            assert [await socket.next() for _ in range(2)][1] == {"type": "authenticated"}
            await socket.say({"type": "acknowledge", "id": other})
            await socket.leave()
        await running.state.chat.notifications.hub._note_sent()
        assert stranger.delivered() == [False]
        assert counter._value.get() == before

    async def test_ends_when_the_login_does(self, running: FastAPI, person: Person) -> None:
        async with asgi_socket(running, SOCKET) as socket:
            await socket.say(hello(person.token(lifetime_s=2)))
            assert (await socket.rest())[-1] == 4401

    async def test_client_that_does_not_keep_up(
        self, running: FastAPI, person: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(stream, "MAX_WAITING", 2)
        streams = running.state.chat.notifications.hub._streams
        async with asgi_socket(running, SOCKET, room=1) as socket:
            await socket.say(hello(person.token()))
            assert [await socket.next() for _ in range(2)][1] == {"type": "authenticated"}
            person.tell(*(stages.interim("c-1", f"m-{n}") for n in range(20)))
            slow = streams[person.user_id][0]
            assert await asyncio.to_thread(wait_until, lambda: slow.end is stream.End.SLOW)
            heard = await socket.rest()
        assert heard[-1] == 1013
        assert len(heard) < 20
        assert False in person.delivered()

    async def test_its_line_in_the_log(self, running: FastAPI, person: Person) -> None:
        with capture_logs() as log:
            async with asgi_socket(running, SOCKET) as socket:
                await socket.say(hello(person.token()))
                assert [await socket.next() for _ in range(2)][1] == {"type": "authenticated"}
                await socket.leave(1001)
        line = next(line for line in log if line["event"] == "websocket")
        assert line["route"] == SOCKET
        assert line["code"] == 1001
        assert line["user_id"] == str(person.user_id)
        assert person.token() not in repr(log)
