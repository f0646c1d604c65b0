"""The short way to an endpoint: who takes it, and that nobody can tell it from the long one."""

from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI, Request, Response
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


def serving(route_class: type[APIRoute]) -> httpx.AsyncClient:
    router = APIRouter(route_class=route_class)
    router.get("/some/{token}", status_code=203)(some)
    router.get("/ready/{token}")(ready)
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


async def given() -> str:
    return ""


async def with_query(token: str, request: Request, limit: int = 1) -> None: ...
async def with_body(request: Request, body: Found) -> None: ...
async def with_dependency(request: Request, found: Annotated[str, Depends(given)]) -> None: ...
async def with_response(request: Request, response: Response) -> None: ...
async def without_request(token: str) -> None: ...
async def in_pieces(request: Request) -> Any:
    yield b""


@pytest.mark.parametrize(
    "endpoint",
    [with_query, with_body, with_dependency, with_response, without_request, in_pieces],
)
def test_what_needs_more_is_left_to_the_framework(endpoint: Any) -> None:
    path = "/{token}" if endpoint in (with_query, without_request) else "/"
    assert direct_handler(APIRoute(path, endpoint, response_model=None)) is None
