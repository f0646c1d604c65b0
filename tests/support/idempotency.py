"""What the tests of idempotency keys have in common: sending with a key, and the kept rows."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import Engine, text

from tests.support.player import API, Player

KEY = "Idempotency-Key"
REPLAYED = "idempotency-replayed"
START = {"persona_type": "BUILDER"}


def new_key() -> str:
    return str(uuid4())


async def post(
    player: Player, path: str, body: Mapping[str, Any], key: str, **more: str
) -> httpx.Response:
    headers = {**player.headers, KEY: key, **more}
    return await player.client.post(API + path, json=body, headers=headers)


async def start(player: Player, key: str, persona: str = "BUILDER") -> httpx.Response:
    return await post(player, "/recommendation/start", {"persona_type": persona}, key)


def kept(engine: Engine, user_id: UUID) -> list[Any]:
    """The user's rows, oldest first."""
    with engine.connect() as connection:
        statement = "SELECT * FROM idempotency_keys WHERE user_id = :user ORDER BY asked_at"
        return list(connection.execute(text(statement), {"user": user_id}))


class Held:
    """A handler that tells of every call, and goes on when told."""

    def __init__(self) -> None:
        self.arrived = asyncio.Semaphore(0)
        self.go_on = asyncio.Event()
        self.calls = 0


@asynccontextmanager
async def held(service: Any, method: str, *, after: bool = False) -> AsyncIterator[Held]:
    """Inside the block every call of the service's method waits for `go_on`, before its work or
    after it.
    """
    handler = Held()
    original = getattr(type(service), method)

    async def wait(*args: Any, **named: Any) -> Any:
        handler.calls += 1
        answer = await original(*args, **named) if after else None
        handler.arrived.release()
        await handler.go_on.wait()
        return answer if after else await original(*args, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(service), method, wait)
        yield handler
