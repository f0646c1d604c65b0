"""What every refusal looks like (3-architecture.md, Errors), whoever gives it."""

import re
from http import HTTPStatus
from typing import Any

import httpx

MEMBERS = {"type", "title", "status", "detail", "code", "request_id", "error"}
INTERNAL = re.compile(
    r"sqlalchemy|psycopg|pydantic|starlette|fastapi|traceback|exception|postgres|\w+error\b"
    r"|\bselect\b|\binsert\b|\bupdate\b|\bfrom\b|\.py\b|\bline \d|0x[0-9a-f]{6}",
    re.IGNORECASE,
)
ENGLISH = re.compile(
    r"\b(should|must|required|input|the|is|are|or|and|not|least|most|characters|items|field|"
    r"found|permitted|expected|greater|less|than|unable)\b",
    re.IGNORECASE,
)


def assert_problem(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The whole shape, in Indonesian, without anything internal; the document."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = response.json()
    assert problem.keys() >= MEMBERS
    assert problem["code"] == code
    assert problem["status"] == status
    assert problem["title"] == HTTPStatus(status).phrase
    assert problem["type"].endswith(code)
    assert problem["error"] == problem["detail"]
    assert problem["request_id"] == response.headers["x-request-id"]
    for sentence in (problem["detail"], *(e["message"] for e in problem.get("errors", []))):
        assert_for_a_person(sentence)
    _assert_headers(response, status)
    assert ("errors" in problem) == (code == "validation_failed")
    if "errors" in problem:
        _assert_errors(problem["errors"])
    return problem


def assert_for_a_person(sentence: str) -> None:
    assert sentence.strip()
    assert not INTERNAL.search(sentence), sentence
    assert not ENGLISH.search(sentence), sentence


def _assert_errors(errors: list[dict[str, Any]]) -> None:
    assert errors
    for error in errors:
        assert error.keys() == {"location", "message"}
        assert error["location"]
        assert error["location"][0] in {"body", "path", "query", "header"}


def _assert_headers(response: httpx.Response, status: int) -> None:
    if status == 401:
        assert response.headers["www-authenticate"] == "Bearer"
    if status == 405:
        assert response.headers["allow"]
    if status == 429:
        assert int(response.headers["retry-after"]) == response.json()["retryAfter"] >= 1
    if status == 429 and response.json()["code"] == "rate_limited":  # of the route
        assert response.headers["ratelimit-remaining"] == "0"
    if status == 503:
        assert int(response.headers["retry-after"]) >= 1
