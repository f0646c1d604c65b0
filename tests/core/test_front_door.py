"""The front door: what it takes itself, and that nobody can tell from an answer who gave it."""

from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Request
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from app.core.errors import Overloaded, install_error_handlers
from app.core.front_door import FrontDoor
from app.core.guard import GuardedRoute, limited
from app.core.rate_limits import Limit

Token = Annotated[str, Field(max_length=5)]


class Told(BaseModel):
    word: Token


class OpenGuard:
    async def admit(self, request: Request, rule: Any) -> None:
        """Everybody may come in."""


router = APIRouter(prefix="/api", route_class=GuardedRoute)


@router.get("/words")
@limited(Limit.SESSION_LIST)
async def words(request: Request) -> list[str]:
    return ["a"]


@router.get("/words/{word}")
@limited(Limit.SESSION_PROGRESS)
async def word(word: Token, request: Request) -> Told:
    if word == "busy":
        raise Overloaded
    if word == "tea":
        raise HTTPException(404)
    return Told(word=word)


@router.get("/words/{word}/letters")
@limited(Limit.SESSION_PROGRESS)
async def letters(word: Token, request: Request) -> list[str]:
    return list(word)


@router.get("/search")
@limited(Limit.SESSION_LIST)
async def search(request: Request, q: str) -> str:
    return q


@router.post("/words")
@limited(Limit.RIASEC_SUBMIT)
async def tell(told: Told, request: Request) -> Told:
    return told


class Behind:
    """Notes the requests that came past the door."""

    def __init__(self, app: ASGIApp, seen: list[str]) -> None:
        self.app = app
        self._seen = seen

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._seen.append(scope["path"])
        await self.app(scope, receive, send)


def serving(seen: list[str], *, door: bool) -> httpx.AsyncClient:
    app = FastAPI(redirect_slashes=False)
    app.state.guard = OpenGuard()
    app.router.routes.extend(router.routes)
    install_error_handlers(app)
    app.add_middleware(Behind, seen=seen)
    if door:
        app.add_middleware(FrontDoor, routes=app.router.routes)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


DIRECT = [
    *(("GET", "/api/words"), ("GET", "/api/words/abc"), ("GET", "/api/words/a%20b")),
    *(("GET", "/api/words/busy"), ("GET", "/api/words/tea"), ("GET", "/api/words/too-long")),
    *(("POST", "/api/words"), ("GET", "/api/words/abc?x=1")),
]
BEHIND = [
    *(("GET", "/api/words/"), ("GET", "/api/words/a%2Fb"), ("GET", "/api/words/abc/letters")),
    *(("GET", "/api/search?q=1"), ("PUT", "/api/words"), ("DELETE", "/api/words/abc")),
    *(("GET", "/api"), ("GET", "/"), ("GET", "//api/words"), ("GET", "/api/words/abc/")),
]


@pytest.mark.parametrize(("method", "path"), [*DIRECT, *BEHIND])
async def test_answers_as_the_framework_does(method: str, path: str) -> None:
    seen: list[str] = []
    body = {"word": "abc"} if method == "POST" else None
    async with serving(seen, door=True) as ours, serving([], door=False) as theirs:
        one = await ours.request(method, path, json=body)
        other = await theirs.request(method, path, json=body)
    assert (one.status_code, one.headers, one.content) == (
        other.status_code,
        other.headers,
        other.content,
    )
    assert bool(seen) is ((method, path) in BEHIND)
