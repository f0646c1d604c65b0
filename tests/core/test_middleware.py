"""The edge of every request: its id, its line in the log, and the last resort."""

import json
from collections.abc import Iterator
from typing import Any, NoReturn

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Connection, text
from structlog.testing import capture_logs

from app.core.logging import exception_without_values, with_request_id
from tests.support.player import API, DIMENSIONS, Player
from tests.support.problems import assert_problem

SECRET_TEXT = "Saya pernah sakit dan menulis buku harian tentang itu."
Lines = list[Any]


@pytest.fixture
def log() -> Iterator[Lines]:
    """The events as the process would print them, before they become text."""
    processors = [with_request_id, exception_without_values]
    with capture_logs(processors) as lines:
        yield lines


def access_lines(log: Lines) -> Lines:
    return [line for line in log if line["event"] == "request"]


class TestRequestId:
    @pytest.mark.parametrize("given", ["abc", "A-b_c.9", "0" * 64, "f47ac10b-58cc-4372-a567"])
    async def test_kept_when_sane(self, client: httpx.AsyncClient, given: str) -> None:
        response = await client.get("/health/live", headers={"X-Request-ID": given})
        assert response.headers["x-request-id"] == given

    @pytest.mark.parametrize(
        "given", ["", " ", "a b", "a" * 65, "a\tb", "<script>", "a;b", "ä", "a%0Ab"]
    )
    async def test_made_when_not(self, client: httpx.AsyncClient, given: str) -> None:
        headers = [(b"x-request-id", given.encode())]
        response = await client.get("/health/live", headers=headers)
        assert response.headers["x-request-id"] != given
        assert len(response.headers["x-request-id"]) == 32

    async def test_each_request_has_its_own(self, client: httpx.AsyncClient) -> None:
        found = {(await client.get("/health/live")).headers["x-request-id"] for _ in range(3)}
        assert len(found) == 3

    async def test_in_the_problem(self, client: httpx.AsyncClient) -> None:
        response = await client.get("/tidak/ada", headers={"X-Request-ID": "dari-go-1"})
        assert assert_problem(response, 404, "not_found")["request_id"] == "dari-go-1"


class TestAccessLine:
    async def test_what_it_says(self, player: Player, log: Lines) -> None:
        response = await player.get("/sessions/abc")
        [line] = access_lines(log)
        assert line["method"] == "GET"
        assert line["route"] == f"{API}/sessions/{{session_token}}"
        assert line["status"] == 404
        assert line["user_id"] == str(player.user_id)
        assert line["request_id"] == response.headers["x-request-id"]
        assert 0 < line["ms"] < 60_000

    async def test_without_login(self, client: httpx.AsyncClient, log: Lines) -> None:
        await client.get(f"{API}/sessions/abc")
        [line] = access_lines(log)
        assert (line["status"], line["user_id"]) == (401, None)

    async def test_unknown_paths_share_one_name(
        self, client: httpx.AsyncClient, log: Lines
    ) -> None:
        await client.get("/rahasia/saya")
        await client.post("/lain")
        assert {line["route"] for line in access_lines(log)} == {"unmatched"}
        assert "rahasia" not in json.dumps(log)

    async def test_one_each_for_refusals_of_the_edge(self, player: Player, log: Lines) -> None:
        await player.post("/recommendation/start", {"persona_type": "P" * 300_000})
        [line] = access_lines(log)
        assert line["status"] == 413

    async def test_no_word_of_the_person(self, player: Player, log: Lines) -> None:
        token = await player.reach_ikigai()
        for dimension in DIMENSIONS:
            await player.answer(token, dimension, SECRET_TEXT)
        await player.answer(token, DIMENSIONS[0], SECRET_TEXT + " Lain.")
        written = json.dumps(log, default=str)
        assert "ikigai_finalize_success" in written
        for hidden in ("sakit", "harian", "Rani", "Puspita", "sim-key", "Bearer", token):
            assert hidden not in written


def _fail(*_: object) -> NoReturn:
    raise RuntimeError(SECRET_TEXT)


class TestUnexpectedError:
    async def test_in_a_service(
        self, player: Player, app: FastAPI, log: Lines, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(type(app.state.services.sessions), "progress", _fail)
        assert_problem(await player.get("/sessions/abc"), 500, "internal_error")
        [error] = [line for line in log if line["event"] == "unhandled_error"]
        assert error["exception"] == "RuntimeError"
        assert error["trace"][-1].endswith("_fail")
        assert error["log_level"] == "error"
        assert "sakit" not in json.dumps(log)
        [line] = access_lines(log)
        assert line["status"] == 500

    async def test_in_a_statement_that_holds_values(
        self, player: Player, app: FastAPI, log: Lines, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """PostgreSQL repeats the failing value in its message."""

        def fail(connection: Connection, *_: object) -> NoReturn:
            connection.execute(text("SELECT CAST(:value AS int)"), {"value": SECRET_TEXT})
            raise AssertionError("the statement must fail")

        module = "app.career_profile.sessions.repository.find_progress"
        monkeypatch.setattr(module, fail)
        assert_problem(await player.get("/sessions/abc"), 500, "internal_error")
        assert [line["exception"] for line in log if "exception" in line] == ["DataError"]
        assert "sakit" not in json.dumps(log)

    async def test_the_next_request_is_served(
        self, player: Player, app: FastAPI, log: Lines, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(type(app.state.services.sessions), "progress", _fail)
            await player.get("/sessions/abc")
        assert_problem(await player.get("/sessions/abc"), 404, "session_not_found")
        assert app.state.health.database.checked_out() == 0
