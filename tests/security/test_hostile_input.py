"""Input that no app sends, on every route of the document, against a real server.

Always a quick 4xx with a stable code, or stored verbatim; one line of JSON in the log for every
event; nothing of ours told, and the server goes on.
"""

import gzip
import json
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, text

from app.core.security import issue_token
from app.core.settings import Settings
from tests.conftest import RATE_LIMITS, SECRET
from tests.security.hostile import (
    IN_PATH,
    IN_QUERY,
    JSON_HEADER,
    JSON_KIND,
    MARK,
    MIB,
    RAW,
    RUNS,
    START,
    UNACCEPTABLE,
    UNREADABLE,
    VALUES,
    VERBATIM,
)
from tests.support.model_answers import answer_well
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.player import API, DIMENSIONS, Player, add_user
from tests.support.problems import INTERNAL
from tests.support.raw_http import RawAnswer, exchange, request
from tests.support.server_process import server_process

pytestmark = pytest.mark.slow

KEY = "5e1f7c92a4d04b6d8f3b2a6c9d7e8f10"
FOR_SERVICES = {"/api/chat/conversations/auto-initialize"}  # a user is refused whatever they say
NO_BODY = {"nothing", "null"}
QUICK_S = 2.0  # of a request alone, on a busy machine; most take 2 ms


class Target:
    """A server in production's clothes, and one person who uses it."""

    def __init__(self, base_url: str, settings: Settings, engine: Engine) -> None:
        self.base_url = base_url
        self.settings = settings
        token = issue_token(settings, add_user(engine), timedelta(hours=1))
        self.headers = {"Authorization": f"Bearer {token}", "X-Internal-Key": KEY}
        self.client = httpx.Client(base_url=base_url, timeout=30, headers=self.headers)
        self.operations = list(_operations(self.client.get("/openapi.json").json()))

    def send(self, method: str, path: str, **what: Any) -> httpx.Response:
        asked = self.client.build_request(method, path, **what)
        if path in FOR_SERVICES:
            del asked.headers["Authorization"]
        started = time.perf_counter()
        response = self.client.send(asked)
        assert time.perf_counter() - started < QUICK_S, "slow"
        return response

    def raw(self, line: str, *headers: str, body: bytes = b"") -> RawAnswer:
        login = f"Authorization: {self.headers['Authorization']}"
        lines = [header.encode("latin-1") for header in (login, *headers)]
        return exchange(self.base_url, request(line.encode("latin-1"), *lines, body=body))


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Without streams, whose answers have no end."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if "text/event-stream" not in operation["responses"].get("200", {}).get("content", {}):
                yield method.upper(), path, operation


def with_body(target: Target, *, required: bool = False) -> list[tuple[str, str, dict[str, Any]]]:
    """Method, path and a well-formed body of every operation that takes one, or that needs one."""
    found = []
    for method, path, operation in target.operations:
        content = operation.get("requestBody", {}).get("content", {}).get(JSON_KIND)
        if content and (operation["requestBody"].get("required") or not required):
            examples = content.get("examples", {"": {"value": {}}})
            found.append((method, filled(path), next(iter(examples.values()))["value"]))
    return found


def filled(path: str, value: str = "00000000-0000-4000-8000-00000000abcd") -> str:
    parts = (value if part.startswith("{") else part for part in path.split("/"))
    return "/".join(parts)


@pytest.fixture(scope="module")
def log_folder(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return tmp_path_factory.mktemp("hostile")


@pytest.fixture(scope="module")
def target(
    database_dsn: str, running_sim: OpenRouterSim, engine: Engine, log_folder: Any
) -> Iterator[Target]:
    running_sim.reset()
    answer_well(running_sim)
    values: dict[str, object] = {
        **dict.fromkeys(RATE_LIMITS, "1000000/hour"),
        "app_env": "production",
        "membership_required": False,
        "database_url": database_dsn,
        "jwt_secret": SECRET,
        "internal_service_key": KEY,
        "openrouter_api_key": "sim-key",
        "openrouter_base_url": running_sim.base_url,
        "openrouter_model": "sim/model",
    }
    settings = Settings(_env_file=None, **values)  # type: ignore[arg-type]
    with server_process(settings, log_folder) as base_url:
        found = Target(base_url, settings, engine)
        yield found
        found.client.close()


def assert_refused(response: httpx.Response) -> str:
    """A 4xx problem that tells nothing of ours; its code."""
    asked = f"{response.request.method} {response.request.url}"[:200]
    assert 400 <= response.status_code < 500, (asked, response.request.content[:200])
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["code"].replace("_", "").isalpha()
    assert not INTERNAL.search(problem["detail"])
    assert len(response.content) < 64 * 1024
    return str(problem["code"])


class TestBodies:
    def test_the_table_sees_every_body(self, target: Target) -> None:
        paths = {path for _, path, _ in with_body(target)}
        assert len(paths) >= 6
        assert f"{API}/ikigai/submit-dimension" in paths

    @pytest.mark.parametrize("kind", UNREADABLE)
    def test_unreadable(self, target: Target, subtests: pytest.Subtests, kind: str) -> None:
        for method, path, _ in with_body(target):
            with subtests.test(path=path):
                headers = {"Content-Type": JSON_KIND}
                response = target.send(method, path, content=UNREADABLE[kind], headers=headers)
                assert assert_refused(response) == "malformed_body"

    @pytest.mark.parametrize("kind", UNACCEPTABLE)
    def test_unacceptable(self, target: Target, subtests: pytest.Subtests, kind: str) -> None:
        for method, path, _ in with_body(target, required=kind in NO_BODY):
            with subtests.test(path=path):
                headers = {"Content-Type": JSON_KIND}
                response = target.send(method, path, content=UNACCEPTABLE[kind], headers=headers)
                assert assert_refused(response) == "validation_failed"

    @pytest.mark.parametrize(
        "kind", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data",
                 "application/xml", "a" * 10_000, "application/json; charset=utf-16", ";;;", "/"],
    )  # fmt: skip
    def test_content_types(self, target: Target, subtests: pytest.Subtests, kind: str) -> None:
        for method, path, _ in with_body(target):
            with subtests.test(path=path):
                content, headers = b'{"a": "b"}', {"Content-Type": kind}
                response = target.send(method, path, content=content, headers=headers)
                assert assert_refused(response) == "validation_failed"

    def test_packed_bodies_are_not_unpacked(self, target: Target) -> None:
        """A megabyte of spaces in a kilobyte: never more than what was sent is looked at."""
        content = gzip.compress(b'{"persona_type": "BUILDER"}'.ljust(10 * MIB))
        for method, path, _ in with_body(target):
            headers = {"Content-Type": JSON_KIND, "Content-Encoding": "gzip"}
            response = target.send(method, path, content=content, headers=headers)
            assert assert_refused(response) == "malformed_body"

    def test_the_last_of_equal_names_counts(self, target: Target) -> None:
        """Whatever a proxy makes of them: ours is what is validated and what is used."""
        content = b'{"persona_type": "BUILDER", "persona_type": "DREAMER"}'
        headers = {"Content-Type": JSON_KIND}
        path = f"{API}/recommendation/start"
        refused = target.send("POST", path, content=content, headers=headers)
        assert assert_refused(refused) == "validation_failed"


class TestMembers:
    def test_any_value_in_any_member(self, target: Target) -> None:
        for method, path, body in with_body(target):
            for member in body:
                for value in VALUES:
                    content = json.dumps({**body, member: value}).encode()
                    headers = {"Content-Type": JSON_KIND}
                    response = target.send(method, path, content=content, headers=headers)
                    if response.status_code not in {200, 201}:
                        assert_refused(response)


class TestParameters:
    def test_in_every_path(self, target: Target) -> None:
        for method, path, _ in target.operations:
            if "{" in path:
                for value in IN_PATH:
                    response = target.send(method, filled(path, value), json={})
                    assert assert_refused(response) in {"validation_failed", "not_found"}

    def test_in_every_query(self, target: Target) -> None:
        for method, path, operation in target.operations:
            places = {parameter["in"] for parameter in operation.get("parameters", [])}
            if method == "GET":
                for query in IN_QUERY if "query" in places else IN_QUERY[-2:]:
                    response = target.send(method, f"{filled(path)}?{query}")
                    if response.status_code not in {200, 304}:
                        assert_refused(response)


class TestVerbatim:
    async def test_read_back_from_the_database(self, target: Target, engine: Engine) -> None:
        async with httpx.AsyncClient(base_url=target.base_url, timeout=30) as client:
            for first in range(0, len(VERBATIM), len(DIMENSIONS)):
                player = Player(client, target.settings, add_user(engine))
                texts = VERBATIM[first : first + len(DIMENSIONS)]
                token = await player.reach_ikigai()
                for dimension, told in zip(DIMENSIONS, texts, strict=True):
                    assert (await player.answer(token, dimension, told)).status_code == 200
                assert stored_texts(engine, token) == list(texts)


def stored_texts(engine: Engine, token: str) -> list[str]:
    statement = (
        "SELECT dimension_1_love, dimension_2_good_at, dimension_3_world_needs,"
        " dimension_4_paid_for FROM ikigai_responses r JOIN careerprofile_test_sessions s"
        " ON s.id = r.test_session_id WHERE s.session_token = :token"
    )
    with engine.connect() as connection:
        row = connection.execute(text(statement), {"token": token}).one()
    return [document["reasoning_text"] for document in row]


class TestRawHttp:
    @pytest.mark.parametrize("kind", RAW)
    def test_refused(self, target: Target, kind: str) -> None:
        line, headers, body = RAW[kind]
        answer = target.raw(line, *headers, body=body)
        assert 400 <= answer.status < 500, answer
        assert len(answer.head) + len(answer.body) < 4096
        assert not INTERNAL.search(answer.body.decode())

    def test_a_header_without_an_end(self, target: Target) -> None:
        """The parser's work on it grows with its square; the server stops reading."""
        started = time.perf_counter()
        endless = target.raw(RUNS, "X-A: " + "a" * 20 * MIB)
        assert (endless.status in {0, 400}, time.perf_counter() - started < QUICK_S) == (True, True)
        assert target.send("GET", "/health/live").status_code == 200

    def test_trailers_without_an_end(self, target: Target) -> None:
        body = b"1\r\n{\r\n0\r\n" + b"X-A: b\r\n" * 100_000
        answer = target.raw(START, JSON_HEADER, "Transfer-Encoding: chunked", body=body)
        assert answer.status == 0

    def test_the_limit_of_a_body_has_its_code(self, target: Target) -> None:
        for kind in ("10 MB declared", "10 MB in chunks"):
            line, headers, body = RAW[kind]
            assert target.raw(line, *headers, body=body).code == "body_too_large"

    @pytest.mark.parametrize("name", ["X-Request-ID", "User-Agent", "X-Forwarded-For", "X-User-Id"])
    def test_lines_in_a_header_stay_there(self, target: Target, name: str) -> None:
        for value in (f"a\r\n b{MARK}", "a\x0bb\x85c", "\x1b[31m", "a" * 10_000):
            answer = target.raw(RUNS, f"{name}: {value}")
            assert answer.status in {200, 400}
            assert MARK.encode() not in answer.head
            assert b"\x1b" not in answer.head


class TestAfterAll:
    """Last in this module: what all of the above has left behind."""

    def test_one_line_an_event(self, target: Target, log_folder: Any) -> None:
        for number in range(50):  # however few of the tests above were this worker's
            target.send("GET", f"/api/v1/career-profile/sessions/baris%0Asatu%0D{number}")
        target.send("GET", "/health/live")
        lines = (log_folder / "server.log").read_bytes().split(b"\n")
        assert len(lines) > 50
        events = [json.loads(line) for line in lines if line]
        assert all("event" in event and "level" in event for event in events)
        assert not {"unhandled_error", "unraisable_error"} & {event["event"] for event in events}
        assert all(event["status"] < 500 for event in events if event["event"] == "request")

    def test_nothing_of_it_in_the_log(self, log_folder: Any) -> None:
        log = (log_folder / "server.log").read_text(encoding="utf-8")
        for word in (MARK, "DROP TABLE", "Set-Cookie", "\u202e", "\x1b", "jndi", "baris satu"):
            assert word not in log, word
