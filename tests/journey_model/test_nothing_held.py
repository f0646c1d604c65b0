"""Nothing is held while the model is awaited: 50 finalizes at once through a pool of two."""

import asyncio
import gc
import http.client
import threading
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from app.core.database import Database
from app.core.settings import Settings
from app.main import create_app
from tests.conftest import MakeSettings
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.player import DIMENSIONS, Player, add_user, body_of
from tests.support.server_process import server_process
from tests.support.sim_faults import Behaviour, good
from tests.support.sim_http import Exchange
from tests.support.threaded_server import ThreadedServer

AT_ONCE = 50
LATENCY_S = 0.5
LIMIT_S = 4.0
LIVE_LIMIT_S = 0.1
POLL_S = 0.01
SAMPLES = 20

Ready = Sequence[tuple[Player, str]]


@pytest.fixture
def small_pool(make_settings: MakeSettings) -> Settings:
    return make_settings(db_pool_size=2, db_threads=2, db_pool_timeout_s=2)


@asynccontextmanager
async def connected(base_url: str) -> AsyncIterator[httpx.AsyncClient]:
    limits = httpx.Limits(max_connections=2 * AT_ONCE)
    async with httpx.AsyncClient(base_url=base_url, timeout=60, limits=limits) as client:
        yield client


async def three_answers(player: Player) -> str:
    """The token of a session of 14 candidates that lacks its fourth answer."""
    token = await player.reach_ikigai(I=5, C=5, E=5)
    for dimension in DIMENSIONS[:3]:
        body_of(await player.answer(token, dimension))
    return token


async def prepare(base_url: str, settings: Settings, engine: Engine) -> list[tuple[UUID, str]]:
    """Users who have answered three dimensions each, with their session tokens."""
    users = [add_user(engine) for _ in range(AT_ONCE)]
    tokens: list[str] = []
    async with connected(base_url) as client:
        for at in range(0, AT_ONCE, 10):
            players = [Player(client, settings, user) for user in users[at : at + 10]]
            tokens += await asyncio.gather(*(three_answers(player) for player in players))
    return list(zip(users, tokens, strict=True))
