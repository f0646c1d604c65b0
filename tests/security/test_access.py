"""Every route of the OpenAPI document, for everybody who should not get through it."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from sqlalchemy import Engine

from app.core.settings import AppEnv, Settings
from app.main import create_app
from tests.conftest import RATE_LIMITS
from tests.security.intruders import (
    INTRUDERS,
    KEY,
    MEMBER,
    NOBODY,
    STATUS,
    STRANGER,
    Intruder,
    MakeHeaders,
    bearer,
    gateway,
)
from tests.support import forged_tokens as forge
from tests.support.access import (
    NOT_FOUND,
    RULES,
    Access,
    Door,
    Rule,
    doors_of,
    operations_of,
    unclassified,
)
from tests.support.player import Player, add_user
from tests.support.problems import assert_problem
from tests.support.rows import SESSIONS, all_rows_of, execute

METRICS_TOKEN = "penanda-metrik-0123456789"
HOUSES: Mapping[str, Mapping[str, Any]] = {
    "jwt": {"jwt_secret": forge.SECRET},
    "claims": {"jwt_secret": forge.SECRET, "jwt_issuer": "login", "jwt_audience": "kenali"},
    "rs256": {"jwt_public_key": forge.PUBLIC_PEM},
    "gateway": {"auth_mode": "gateway", "jwt_secret": forge.SECRET},
    "members": {"jwt_secret": forge.SECRET, "membership_required": True},
}


@dataclass(frozen=True, slots=True)
class Stage:
    """The service in each of its configurations, and people who own something in it."""

    apps: Mapping[str, FastAPI]
    clients: Mapping[str, httpx.AsyncClient]
    people: Mapping[str, UUID]
    objects: Mapping[str, Mapping[str, str]]
    engine: Engine

    @property
    def document(self) -> dict[str, Any]:
        return self.apps["jwt"].openapi()


def settings_of(house: str, dsn: str) -> Settings:
    limits = dict.fromkeys(RATE_LIMITS, "1000000/hour")
    return Settings(
        _env_file=None,
        **{
            "app_env": AppEnv.LOCAL,
            "database_url": dsn,
            "internal_service_key": KEY,
            "metrics_token": METRICS_TOKEN,
            **limits,
            **HOUSES[house],
        },
    )


async def belongings(player: Player) -> dict[str, str]:
    """An object of each kind that a rule can name."""
    path, headers = "/api/chat/conversations", player.headers
    talk = (await player.client.post(path, headers=headers, json={})).json()["id"]
    said = {"content": "Halo"}
    heard = await player.client.post(f"{path}/{talk}/messages", headers=headers, json=said)
    token = str((await player.start())["session_token"])
    return {
        "session_token": token,
        "assessmentId": token,
        "conversation_id": talk,
        "message_id": heard.json()["assistant_message"]["id"],
        "userId": str(player.user_id),
    }


@pytest.fixture(scope="module")
async def stage(database_dsn: str, engine: Engine) -> AsyncIterator[Stage]:
    settings = {house: settings_of(house, database_dsn) for house in HOUSES}
    apps = {house: create_app(settings[house]) for house in HOUSES}
    clients = {
        house: httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")
        for house, app in apps.items()
    }
    names = ("owner", "stranger", "gone", "admin", "small")
    people = {name: add_user(engine) for name in names}
    objects = {
        name: await belongings(Player(clients["jwt"], settings["jwt"], user))
        for name, user in people.items()
    }
    execute(engine, "UPDATE users SET deleted_at = now() WHERE id = :id", id=people["gone"])
    for name, role in (("admin", "ADMIN"), ("small", "user")):
        execute(engine, "UPDATE users SET role = :role WHERE id = :id", role=role, id=people[name])
    yield Stage(apps, clients, people, objects, engine)
    for house, client in clients.items():
        await client.aclose()
        apps[house].state.health.database.close()


def without_request_id(response: httpx.Response) -> dict[str, Any]:
    body: dict[str, Any] = response.json()
    return {name: value for name, value in body.items() if name != "request_id"}


class Attempt:
    """One intruder at one door."""

    def __init__(self, stage: Stage, intruder: Intruder, door: Door) -> None:
        self._stage, self._intruder, self._door = stage, intruder, door
        self._client = stage.clients[intruder.house]
        says_to_be = "stranger" if intruder.refusal is STRANGER else intruder.who
        self._headers = [
            (name, value.format(**stage.people)) if name == "X-User-Id" else (name, value)
            for name, value in intruder.headers(stage.people[says_to_be])
        ]

    async def knock(self, objects: Mapping[str, str] | None = None) -> httpx.Response:
        whose = objects or self._stage.objects[self._intruder.who]
        return await self._door.knock(self._client, self._headers, whose)

    async def check(self) -> None:
        rule = self._door.rule
        if rule.access is Access.PUBLIC:
            assert (await self.knock()).status_code == 200
        elif self._is_service(rule):
            assert (await self.knock()).status_code not in {401, 403}
        elif not rule.needs_login:
            assert_problem(await self.knock(), 401, NOBODY)
        elif self._intruder.refusal is STRANGER:
            await self._check_stranger(rule)
        elif self._intruder.refusal is not MEMBER or rule.for_members:
            refusal = self._intruder.refusal
            assert_problem(await self.knock(), STATUS[refusal], refusal)

    def _is_service(self, rule: Rule) -> bool:
        """The key alone is no login, but it opens what is for services: to nobody's gateway."""
        keys = [value for name, value in self._headers if name == "X-Internal-Key"]
        speaks_for_nobody = len(self._headers) == len(keys)
        is_open = rule.access is Access.INTERNAL or rule.for_services
        return keys == [KEY] and speaks_for_nobody and is_open

    async def _check_stranger(self, rule: Rule) -> None:
        """What they do with their own is their right; what is another's is not there."""
        if rule.access is not Access.OWNER:
            return
        theirs = await self.knock()
        absent = await self.knock({rule.owned: str(uuid4())})
        if rule.hidden:
            assert theirs.status_code == 200
        else:
            assert_problem(theirs, 404, NOT_FOUND[rule.owned])
        assert without_request_id(theirs) == without_request_id(absent)
        assert theirs.headers.keys() == absent.headers.keys()


class TestIntruders:
    @pytest.mark.parametrize("name", INTRUDERS)
    async def test_at_every_door(self, stage: Stage, subtests: pytest.Subtests, name: str) -> None:
        intruder = INTRUDERS[name]
        before = {user: all_rows_of(stage.engine, user) for user in stage.people.values()}
        for door in doors_of(stage.document):
            if door.rule.needs_login or intruder.house == "jwt" or door.name == "get_metrics":
                with subtests.test(door=str(door)):
                    await Attempt(stage, intruder, door).check()
        after = {user: all_rows_of(stage.engine, user) for user in stage.people.values()}
        assert after == before
        assert before[stage.people["owner"]].keys() >= {SESSIONS, "chat.messages"}


RIGHTFUL: Mapping[str, MakeHeaders] = {
    "jwt": lambda user: bearer(forge.token_of(user)),
    "claims": lambda user: bearer(forge.token_of(user, iss="login", aud="kenali")),
    "rs256": lambda user: bearer(forge.by_rsa(user)),
    "gateway": lambda user: gateway(user, KEY),
}


class TestRightful:
    """The same requests by those who may: else every refusal above could be a broken request."""

    @pytest.mark.parametrize("house", RIGHTFUL)
    async def test_gets_through_every_door(
        self, stage: Stage, subtests: pytest.Subtests, house: str
    ) -> None:
        user = add_user(stage.engine)
        headers = RIGHTFUL[house](user)
        objects = await self._objects(stage, user)
        doors = [d for d in doors_of(stage.document) if d.rule.needs_login and not d.rule.endless]
        for door in doors:
            with subtests.test(door=str(door)):
                answer = await door.knock(stage.clients[house], headers, objects)
                code = answer.json().get("code") if answer.is_error else None
                if code != NOT_FOUND["assessmentId"]:  # their test is not finished
                    assert code not in {*STATUS, *NOT_FOUND.values()}, answer.text
                assert answer.status_code < 500, answer.text
                if door.method == "DELETE":
                    objects = await self._objects(stage, user)

    async def _objects(self, stage: Stage, user: UUID) -> Mapping[str, str]:
        settings = Settings(_env_file=None, app_env="local", jwt_secret=forge.SECRET)
        return await belongings(Player(stage.clients["jwt"], settings, user))

    async def test_services_and_monitors(self, stage: Stage) -> None:
        keys = {Access.INTERNAL: ("X-Internal-Key", KEY)}
        keys[Access.METRICS] = ("Authorization", f"Bearer {METRICS_TOKEN}")
        for door in doors_of(stage.document):
            if door.rule.access in keys:
                answer = await door.knock(stage.clients["jwt"], [keys[door.rule.access]], {})
                assert answer.status_code not in {401, 403}, answer.text


class TestTable:
    def test_names_every_route(self, stage: Stage) -> None:
        assert unclassified(stage.document) == set()

    def test_a_new_route_is_noticed(self, stage: Stage) -> None:
        app = FastAPI()
        app.include_router(stage.apps["jwt"].router)
        router = APIRouter()
        router.add_api_route("/baru", lambda: None, operation_id="get_something_new")
        app.include_router(router)
        assert unclassified(app.openapi()) == {"get_something_new"}

    def test_a_route_that_is_gone_is_noticed(self, stage: Stage) -> None:
        more = {**RULES, "get_what_was": RULES["get_liveness"]}
        assert unclassified(stage.document, more) == {"get_what_was"}

    def test_the_document_says_who_needs_a_login(self, stage: Stage) -> None:
        needing = {str(door) for door in doors_of(stage.document) if door.rule.needs_login}
        paths = stage.document["paths"]
        for name, method, path in operations_of(stage.document):
            says_so = {"bearer": []} in paths[path][method.lower()].get("security", [])
            assert says_so == (name in needing), name

    def test_every_route_is_in_the_document(self, stage: Stage) -> None:
        """What is hidden from the document would be hidden from these tests."""
        documented = {(method, path) for _, method, path in operations_of(stage.document)}
        pages = {"/docs", "/docs/oauth2-redirect", "/openapi.json"}
        served = set()
        for context in stage.apps["jwt"].router.routes:
            served |= _served(context)
        assert {place for place in served if place[1] not in pages} == documented


def _served(route: Any) -> set[tuple[str, str]]:
    """Method and path of a route, or of all that an included router brings.

    WebSockets have no method and no place in the document; they log in with their first frame.
    """
    if hasattr(route, "effective_route_contexts"):
        return {found for each in route.effective_route_contexts() for found in _served(each)}
    methods = getattr(route, "methods", None) or set()
    return {(method, route.path) for method in methods if method != "HEAD"}
