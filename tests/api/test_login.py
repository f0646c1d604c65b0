"""Every route with a login, for callers who are not who they say or may not be here."""

import base64
import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from sqlalchemy import Engine

from app.core.clock import utc_now
from app.main import create_app
from tests.conftest import SECRET, MakeClient, MakeSettings
from tests.support.player import Player, add_user
from tests.support.problems import assert_problem
from tests.support.routes import OF_A_SESSION, PUBLIC, WITH_LOGIN
from tests.support.rows import counts_of, rows_of

OTHER_SECRET = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"


def token_of(user: UUID, **changes: Any) -> str:
    """A good token with these claims instead; a claim that is None is left out."""
    key, algorithm = changes.pop("key", SECRET), changes.pop("algorithm", "HS256")
    claims = {"sub": str(user), "exp": utc_now() + timedelta(hours=1), **changes}
    kept = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(kept, key, algorithm=algorithm)


def part(content: object) -> str:
    text = content if isinstance(content, str) else json.dumps(content)
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def unsigned(user_id: UUID, algorithm: str) -> str:
    claims = {"sub": str(user_id), "exp": 4102444800}
    return f"{part({'alg': algorithm, 'typ': 'JWT'})}.{part(claims)}."


def with_other_claims(user_id: UUID) -> str:
    """Somebody else's signature under our claims."""
    header, _, signature = token_of(uuid4()).split(".")
    return f"{header}.{part({'sub': str(user_id), 'exp': 4102444800})}.{signature}"


def rs256(user_id: UUID) -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
    return token_of(user_id, key=pem, algorithm="RS256")


Forge = Callable[[UUID], str]
FORGED: Mapping[str, Forge] = {
    "no token": lambda _user: "",
    "another scheme": lambda user: f"Basic {token_of(user)}",
    "no scheme": token_of,
    "only the scheme": lambda _user: "Bearer ",
    "garbage": lambda _user: "Bearer abc",
    "garbage in three parts": lambda _user: "Bearer a.b.c",
    "expired": lambda user: f"Bearer {token_of(user, exp=utc_now() - timedelta(seconds=1))}",
    "without exp": lambda user: f"Bearer {token_of(user, exp=None)}",
    "exp a word": lambda user: f"Bearer {_raw(user, exp='besok')}",
    "not yet": lambda user: f"Bearer {token_of(user, nbf=utc_now() + timedelta(hours=1))}",
    "another secret": lambda user: f"Bearer {token_of(user, key=OTHER_SECRET)}",
    "changed claims": lambda user: f"Bearer {with_other_claims(user)}",
    "alg none": lambda user: f"Bearer {unsigned(user, 'none')}",
    "alg None": lambda user: f"Bearer {unsigned(user, 'None')}",
    "unsigned HS256": lambda user: f"Bearer {unsigned(user, 'HS256')}",
    "HS512": lambda user: f"Bearer {token_of(user, key=SECRET * 2, algorithm='HS512')}",
    "RS256": lambda user: f"Bearer {rs256(user)}",
    "without user": lambda user: f"Bearer {token_of(user, sub=None)}",
    "user no UUID": lambda user: f"Bearer {token_of(user, sub='1 OR 1=1')}",
    "user a number": lambda user: f"Bearer {_raw(user, sub=7)}",
    "unknown user": lambda _user: f"Bearer {token_of(uuid4())}",
    "deep header": lambda _user: f"Bearer {part('[' * 5_900)}.{part({})}.x",
    "deep object header": lambda _user: f"Bearer {part(DEEP)}.{part({})}.x",
    "huge number in the header": lambda _user: f"Bearer {part('9' * 5_900)}.{part({})}.x",
    "very long": lambda _user: f"Bearer {'a' * 20_000}",
    "forged gateway headers": lambda _user: "",
}
DEEP = '{"a":' * 1_100 + "1" + "}" * 1_100


def _raw(user_id: UUID, **claims: object) -> str:
    """Signed claims that PyJWT would not sign."""
    head = part({"alg": "HS256", "typ": "JWT"})
    body = part({"sub": str(user_id), "exp": 4102444800, **claims})
    key = jwt.get_algorithm_by_name("HS256")
    signature = key.sign(f"{head}.{body}".encode(), key.prepare_key(SECRET))
    return f"{head}.{body}." + base64.urlsafe_b64encode(signature).rstrip(b"=").decode()


class TestForgedToken:
    @pytest.mark.parametrize("forged", FORGED)
    async def test_every_route(
        self, player: Player, engine: Engine, subtests: pytest.Subtests, forged: str
    ) -> None:
        headers = {"X-User-Id": str(player.user_id), "X-Internal-Key": SECRET}
        if value := FORGED[forged](player.user_id):
            headers["Authorization"] = value
        for route in WITH_LOGIN:
            with subtests.test(route=str(route)):
                response = await route.send(player.client, headers)
                assert_problem(response, 401, "not_authenticated")
        assert counts_of(engine, player.user_id) == {}

    async def test_before_the_session_is_looked_at(self, player: Player) -> None:
        token = (await player.start())["session_token"]
        for route in OF_A_SESSION:
            response = await route.send(player.client, {}, token)
            assert_problem(response, 401, "not_authenticated")


class TestAccount:
    @pytest.mark.parametrize(
        ("account", "status", "code"),
        [
            ({"deleted": True}, 401, "not_authenticated"),
            ({"role": "ADMIN"}, 403, "role_not_allowed"),
            ({"role": "user"}, 403, "role_not_allowed"),
            ({"role": ""}, 403, "role_not_allowed"),
        ],
        ids=["soft-deleted", "admin", "small letters", "no role"],
    )
    async def test_refused_on_every_route(
        self,
        player: Player,
        engine: Engine,
        subtests: pytest.Subtests,
        account: dict[str, Any],
        status: int,
        code: str,
    ) -> None:
        player.user_id = add_user(engine, **account)
        for route in WITH_LOGIN:
            with subtests.test(route=str(route)):
                assert_problem(await route.send(player.client, player.headers), status, code)
        assert counts_of(engine, player.user_id) == {}

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
