"""The short way to an endpoint: who takes it, and that nobody can tell it from the long one."""

from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, Body, Depends, FastAPI, Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel

from app.core.direct_call import direct_handler
from app.core.errors import install_error_handlers
from app.core.fields import SessionToken


class Found(BaseModel):
    token: str
    count: int | None


class ShortWay(APIRoute):
    def get_route_handler(self) -> Any:
        handler = direct_handler(self)
        assert handler is not None
        return handler


async def some(token: SessionToken, request: Request) -> Found:
    return Found(token=token, count=None)


async def ready(token: str, request: Request) -> Response:
    return Response(b"ready", 202, {"X-Own": "1"})


async def told(found: Found, request: Request) -> Found:
    return Found(token=ascii(found.token), count=found.count)


def serving(route_class: type[APIRoute]) -> httpx.AsyncClient:
    router = APIRouter(route_class=route_class)
    router.get("/some/{token}", status_code=203)(some)
    router.get("/ready/{token}")(ready)
    router.post("/told")(told)
    app = FastAPI()
    install_error_handlers(app)
    app.include_router(router)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


@pytest.mark.parametrize("path", ["/some/abc", "/some/a%20b", "/some/" + "x" * 101, "/ready/abc"])
async def test_answers_as_the_framework_does(path: str) -> None:
    async with serving(ShortWay) as short, serving(APIRoute) as long:
        one, other = await short.get(path), await long.get(path)
    assert (one.status_code, one.headers, one.content) == (
        other.status_code,
        other.headers,
        other.content,
    )


@pytest.mark.parametrize(
    "content_type",
    [
        *("application/json", "Application/JSON; charset=utf-8", "application/problem+json"),
        *("text/plain", "text/json", "application/x-www-form-urlencoded", "", None),
    ],
)
@pytest.mark.parametrize(
    "body",
    [
        *(b'{"token": "a", "count": 1}', b'{"token": "a", "count": null, "more": 1}'),
        *(b'{"token": "a"}', b'{"token": 1, "count": "x"}', b"null", b"[]", b'"x"', b"", b" "),
        *(b"{", b'{"token": "a", "count": 1} x', b'{"token": "\xff", "count": 1}', b"\x00"),
        *(b'{"token": "\\ud800", "count": 1}', b'{"token": "a", "count": NaN}'),
        *(b"[" * 100_000, b'{"token": "a", "token": "b", "count": 1e400}', b"\xef\xbb\xbf{}"),
    ],
    ids=lambda body: repr(body[:30]),
)
async def test_reads_a_body_as_the_framework_does(body: bytes, content_type: str | None) -> None:
    headers = {} if content_type is None else {"Content-Type": content_type}
    async with serving(ShortWay) as short, serving(APIRoute) as long:
        one = await short.post("/told", content=body, headers=headers)
        other = await long.post("/told", content=body, headers=headers)
    assert (one.status_code, one.headers, one.content) == (
        other.status_code,
        other.headers,
        other.content,
    )


async def given() -> str:
    return ""


async def with_query(token: str, request: Request, limit: int = 1) -> None: ...
async def with_bodies(request: Request, body: Found, other: Found) -> None: ...
async def with_a_member(request: Request, body: Annotated[Found, Body(embed=True)]) -> None: ...
async def with_dependency(request: Request, found: Annotated[str, Depends(given)]) -> None: ...
async def with_response(request: Request, response: Response) -> None: ...
async def without_request(token: str) -> None: ...
async def in_pieces(request: Request) -> Any:
    yield b""


@pytest.mark.parametrize(
    "endpoint",
    [
        with_query,
        with_bodies,
        with_a_member,
        with_dependency,
        with_response,
        without_request,
        in_pieces,
    ],
)
def test_what_needs_more_is_left_to_the_framework(endpoint: Any) -> None:
    path = "/{token}" if endpoint in (with_query, without_request) else "/"
    assert direct_handler(APIRoute(path, endpoint, response_model=None)) is None
