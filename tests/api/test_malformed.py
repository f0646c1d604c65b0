"""Bodies and addresses that no app sends: always a 4xx problem, and nothing is stored."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine

from tests.support.player import DIMENSIONS, Player, answer, sheet
from tests.support.problems import assert_problem
from tests.support.routes import OF_A_SESSION, WITH_LOGIN, Route
from tests.support.rows import counts_of, rows_of

KIB = 1024
POSTS = tuple(route for route in WITH_LOGIN if route.method == "POST")
NAMING_A_SESSION = tuple(route for route in OF_A_SESSION if route.method == "POST")
GETS = tuple(route for route in OF_A_SESSION if route.method == "GET")
UNREADABLE = {
    "half": b'{"session_token": "abc"',
    "no JSON": b"persona_type=BUILDER",
    "invalid UTF-8": b'{"persona_type": "\xff\xfe"}',
    "overlong UTF-8": b'{"persona_type": "\xc0\x80"}',
    "raw control character": b'{"persona_type": "a\x00b"}',
    "deep": b"[" * 100_000,
    "deep object": b'{"a":' * 40_000,
    "huge number": b'{"persona_type": ' + b"9" * 10_000 + b"}",
}
NOT_AN_OBJECT = (b"null", b"[]", b'"BUILDER"', b"1", b"true", b"1e400", b"NaN", b"[[[]]]")

WRONG_ANSWERS: dict[str, dict[str, Any]] = {
    "id a string": {"question_id": "1"},
    "id a boolean": {"question_id": True},
    "id a float": {"question_id": 1.0},
    "id zero": {"question_id": 0},
    "id negative": {"question_id": -1},
    "id beyond what JSON holds": {"question_id": 2**53},
    "id huge": {"question_id": 10**400},
    "id null": {"question_id": None},
    "value 0": {"answer_value": 0},
    "value 6": {"answer_value": 6},
    "value a string": {"answer_value": "5"},
    "value a boolean": {"answer_value": True},
    "value a fraction": {"answer_value": 3.5},
    "value NaN": {"answer_value": float("nan")},
    "value infinite": {"answer_value": float("inf")},
    "no such letter": {"question_type": "X"},
    "small letter": {"question_type": "r"},
    "letter NUL": {"question_type": "\x00"},
    "time without zone": {"answered_at": "2026-11-20T08:00:00"},
    "time a word": {"answered_at": "kemarin"},
    "time a list": {"answered_at": []},
    "unknown member": {"admin": True},
    "unknown member with a surrogate": {"\ud800": 1},
}
WRONG_DIMENSIONS: dict[str, dict[str, Any]] = {
    "9 characters": {"reasoning_text": "123456789"},
    "9 after trimming": {"reasoning_text": "  \n 123456789 \t "},
    "only space": {"reasoning_text": " " * 50},
    "2001 characters": {"reasoning_text": "a" * 2001},
    "NUL": {"reasoning_text": "cukup panjang\x00untuk lolos"},
    "lone surrogate": {"reasoning_text": "cukup panjang\ud800untuk lolos"},
    "text a number": {"reasoning_text": 1234567890},
    "text a list": {"reasoning_text": ["cukup panjang untuk lolos"]},
    "no such dimension": {"dimension_name": "what_you_hate"},
    "dimension NUL": {"dimension_name": "what_you_love\x00"},
    "no such type": {"selection_type": "maybe"},
    "selected without id": {"selection_type": "selected"},
    "id without selected": {"selected_profession_id": 1},
    "id a boolean": {"selected_profession_id": True, "selection_type": "selected"},
    "id a string": {"selected_profession_id": "1", "selection_type": "selected"},
    "id zero": {"selected_profession_id": 0, "selection_type": "selected"},
    "id beyond what JSON holds": {"selected_profession_id": 2**53, "selection_type": "selected"},
    "unknown member": {"user_id": "abc"},
    "unknown member with a surrogate": {"\udfff": "x"},
}
SUBMIT = next(route for route in POSTS if route.operation_id == "submit_riasec")
DIMENSION = next(route for route in POSTS if route.operation_id == "submit_ikigai_dimension")


async def send_raw(
    player: Player, route: Route, content: bytes, kind: str = "application/json"
) -> httpx.Response:
    headers = {**player.headers, "Content-Type": kind}
    return await player.client.post(route.template, content=content, headers=headers)


class TestUnreadableBody:
    async def test_empty(self, player: Player, engine: Engine) -> None:
        for route in POSTS:
            assert_problem(await send_raw(player, route, b""), 422, "validation_failed")
        assert counts_of(engine, player.user_id) == {}

    @pytest.mark.parametrize("kind", UNREADABLE)
    async def test_refused(
        self, player: Player, engine: Engine, subtests: pytest.Subtests, kind: str
    ) -> None:
        for route in POSTS:
            with subtests.test(route=str(route)):
                response = await send_raw(player, route, UNREADABLE[kind])
                assert_problem(response, 400, "malformed_body")
        assert counts_of(engine, player.user_id) == {}

    @pytest.mark.parametrize("content", NOT_AN_OBJECT)
    async def test_not_an_object(
        self, player: Player, subtests: pytest.Subtests, content: bytes
    ) -> None:
        for route in POSTS:
            with subtests.test(route=str(route)):
                response = await send_raw(player, route, content)
                assert_problem(response, 422, "validation_failed")

    @pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data; boundary=x", "", "x"])
    async def test_wrong_content_type(self, player: Player, engine: Engine, kind: str) -> None:
        response = await send_raw(player, POSTS[0], b'{"persona_type": "BUILDER"}', kind)
        assert_problem(response, 422, "validation_failed")
        assert counts_of(engine, player.user_id) == {}


class TestHugeBody:
    async def test_declared(self, player: Player, subtests: pytest.Subtests) -> None:
        headers = {**player.headers, "Content-Length": str(256 * KIB + 1)}
        for route in WITH_LOGIN:
            with subtests.test(route=str(route)):
                path = route.template.format(session_token="abc")
                response = await player.client.request(route.method, path, headers=headers)
                assert_problem(response, 413, "body_too_large")

    async def test_chunked(self, player: Player, subtests: pytest.Subtests) -> None:
        for route in POSTS:
            with subtests.test(route=str(route)):
                response = await player.client.post(
                    route.template, content=_chunks(257), headers=player.headers
                )
                assert_problem(response, 413, "body_too_large")

    async def test_as_large_as_allowed(self, player: Player) -> None:
        content = b'{"persona_type": "BUILDER"}'.ljust(256 * KIB)
        assert (await send_raw(player, POSTS[0], content)).status_code == 200

    async def test_a_lie_about_the_length(self, player: Player) -> None:
        headers = {**player.headers, "Content-Length": "10", "Content-Type": "application/json"}
        response = await player.client.post(
            POSTS[0].template, content=_chunks(257), headers=headers
        )
        assert_problem(response, 413, "body_too_large")


async def _chunks(kibibytes: int) -> AsyncIterator[bytes]:
    for _ in range(kibibytes):
        yield b" " * KIB


WRONG_TOKENS: tuple[object, ...] = (
    None, True, 7, 1.5, [], {}, "", "a" * 101, "a\x00b", "\ud800", "a b", "../..", "abc\n", "ä",
    "' OR 1=1 --",
)  # fmt: skip
WRONG_IN_PATH = (
    "a" * 101, "%00", "a%00b", "%ED%A0%80", "%FF", "a%20b", "%0A", "abc%0A", "%27",
)  # fmt: skip


class TestSessionToken:
    @pytest.mark.parametrize("route", NAMING_A_SESSION, ids=str)
    async def test_in_a_body(self, player: Player, subtests: pytest.Subtests, route: Route) -> None:
        assert route.body is not None
        for token in WRONG_TOKENS:
            with subtests.test(token=repr(token)):
                content = json.dumps({**route.body("x"), "session_token": token}).encode()
                response = await send_raw(player, route, content)
                problem = assert_problem(response, 422, "validation_failed")
                assert problem["errors"][0]["location"] == ["body", "session_token"]

    @pytest.mark.parametrize("route", GETS, ids=str)
    async def test_in_a_path(self, player: Player, subtests: pytest.Subtests, route: Route) -> None:
        for token in WRONG_IN_PATH:
            with subtests.test(token=token):
                response = await player.get(route.path.format(session_token=token))
                assert_problem(response, 422, "validation_failed")
        response = await player.get(route.path.format(session_token="a%2Fb"))
        assert_problem(response, 404, "not_found")


class TestRiasecSubmission:
    async def test_one_wrong_answer(
        self, player: Player, engine: Engine, subtests: pytest.Subtests
    ) -> None:
        started = await player.start()
        before = rows_of(engine, player.user_id)
        for case, change in WRONG_ANSWERS.items():
            with subtests.test(case=case):
                body = sheet(started, I=5, C=4)
                body["responses"][3].update(change)
                response = await send_raw(player, SUBMIT, json.dumps(body).encode())
                problem = assert_problem(response, 422, "validation_failed")
                assert problem["errors"][0]["location"][:3] == ["body", "responses", 3]
        assert rows_of(engine, player.user_id) == before

    async def test_no_answers(self, player: Player, subtests: pytest.Subtests) -> None:
        nothing: list[object] = [None, {}, "x", [None], [[]], [{}], [1] * 73]
        for responses in nothing:
            with subtests.test(responses=str(responses)[:9]):
                body = {"session_token": "abc", "responses": responses}
                response = await player.post("/riasec/submit", body)
                assert_problem(response, 422, "validation_failed")

    async def test_ten_thousand_answers(self, player: Player, engine: Engine) -> None:
        body = sheet(await player.start(), I=5)
        before = rows_of(engine, player.user_id)
        body["responses"] = [{}] * 10_000
        response = await player.post("/riasec/submit", body)
        assert_problem(response, 422, "validation_failed")
        body["responses"] = [{"question_id": n, "answer_value": 5} for n in range(1, 10_001)]
        response = await player.post("/riasec/submit", body)
        assert_problem(response, 413, "body_too_large")
        assert rows_of(engine, player.user_id) == before


class TestDimensionSubmission:
    async def test_refused(self, player: Player, engine: Engine, subtests: pytest.Subtests) -> None:
        token = await player.reach_ikigai()
        before = rows_of(engine, player.user_id)
        for case, change in WRONG_DIMENSIONS.items():
            with subtests.test(case=case):
                body = {**answer(token, DIMENSIONS[0]), **change}
                response = await send_raw(player, DIMENSION, json.dumps(body).encode())
                assert_problem(response, 422, "validation_failed")
        assert rows_of(engine, player.user_id) == before

    @pytest.mark.parametrize(
        "text",
        ["a" * 10, " \n" + "a" * 10 + "\t ", "é" * 10, "a" * 2000, "  " + "a" * 2000 + "\n\n"],
        ids=["10", "10 trimmed", "10 not ASCII", "2000", "2000 trimmed"],
    )
    async def test_accepted_at_the_limits(self, player: Player, engine: Engine, text: str) -> None:
        token = await player.reach_ikigai()
        response = await player.answer(token, DIMENSIONS[0], text)
        assert response.status_code == 200, response.text
        [row] = rows_of(engine, player.user_id)["ikigai_responses"]
        assert text.strip() in row
        assert f" {text.strip()}" not in row


class TestManyUnknownMembers:
    async def test_the_answer_stays_small(self, player: Player) -> None:
        content = json.dumps({f"a{n}": 1 for n in range(20_000)}).encode()
        response = await send_raw(player, POSTS[0], content)
        assert_problem(response, 422, "validation_failed")
        assert len(response.content) < 64 * KIB

    async def test_a_very_long_name(self, player: Player) -> None:
        content = json.dumps({"a" * 200_000: 1}).encode()
        response = await send_raw(player, POSTS[0], content)
        assert_problem(response, 422, "validation_failed")
        assert len(response.content) < 64 * KIB
