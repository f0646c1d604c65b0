"""What the tests stand on: a real PostgreSQL, a model simulator, the application."""

import gc
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from pathlib import Path

import httpx
import pytest
import structlog
from fastapi import FastAPI
from sqlalchemy import Engine, create_engine

from app.core.database import psycopg2_url
from app.core.embedded import EmbeddedPostgres
from app.core.logging import configure_logging
from app.core.settings import AppEnv, Settings
from app.main import create_app
from tests.support.databases import ROOT, as_service, copy_of, template_of
from tests.support.model_answers import answer_well
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.player import Player, add_user
from tests.support.redis_server import RedisServer, require_redis_server
from tests.support.stated import stated_settings

TEST_DATA = ROOT / ".data" / "tests"
RATE_LIMITS = [name for name in Settings.model_fields if name.startswith("rate_limit_")]
SECRET = "b9f1c0d2e3a4958677665544332211ff"


SERVERS = {"server_dsn", "packaged_dsn", "any_server", "sim"}


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is loaded and collected is no garbage. To look all of it through again and again is a
    sixth of what the tests compute, and up to 0.8 s at once, in which a timed test fails.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()
        gc.set_threshold(100_000, 10, 20)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What needs PostgreSQL or the model simulator is slow, as is what starts processes."""
    for item in items:
        if SERVERS & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)


def pytest_configure() -> None:
    """Commands that the tests start hear Ctrl-C, also where a shell's `&` made the tests deaf."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(scope="session", autouse=True)
def _logging() -> None:
    """As in production: one JSON line an event, no locals of a traceback.

    Loggers are not kept: `capture_logs` must reach those that were used before.
    """
    configure_logging("INFO", json_lines=True)
    structlog.configure(cache_logger_on_first_use=False)


@pytest.fixture(scope="session")
def server_dsn() -> Iterator[str]:
    """An embedded cluster of the tests' own, without durability, shared by the workers."""
    TEST_DATA.mkdir(parents=True, exist_ok=True)
    with EmbeddedPostgres.lease(data_dir=TEST_DATA, database="tests", durable=False) as cluster:
        yield cluster.dsn


@pytest.fixture(scope="session")
def template(server_dsn: str) -> str:
    return template_of(server_dsn, TEST_DATA)


@pytest.fixture(scope="session")
def database_dsn(server_dsn: str, template: str, worker_id: str) -> Iterator[str]:
    """A migrated and seeded database per worker; tests own their rows by owning their users."""
    with copy_of(server_dsn, template, f"worker_{worker_id}_{os.getpid()}") as dsn:
        yield dsn


@pytest.fixture(scope="session")
def engine(database_dsn: str) -> Iterator[Engine]:
    """The test's own eyes on the database, as Go or psql would look at it."""
    engine = create_engine(psycopg2_url(database_dsn))
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def running_sim() -> Iterator[OpenRouterSim]:
    with OpenRouterSim() as sim:
        yield sim


@pytest.fixture
def sim(running_sim: OpenRouterSim) -> OpenRouterSim:
    """The simulator, answering well and forgetting what earlier tests did."""
    running_sim.reset()
    answer_well(running_sim)
    return running_sim


@pytest.fixture(scope="session")
def empty_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("empty")


@pytest.fixture
def no_certificates(monkeypatch: pytest.MonkeyPatch, empty_folder: Path) -> None:
    """The simulator speaks plain HTTP: reading all authorities for each client is half a test."""
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.setenv("SSL_CERT_DIR", str(empty_folder))


MakeSettings = Callable[..., Settings]


@pytest.fixture
def make_settings(database_dsn: str, sim: OpenRouterSim, no_certificates: None) -> MakeSettings:
    """Settings of a test run; the model is the simulator unless `openrouter_api_key=None`."""

    def make(**changes: object) -> Settings:
        values: dict[str, object] = {
            "app_env": AppEnv.LOCAL,
            "database_url": as_service(database_dsn),
            "jwt_secret": SECRET,
            "openrouter_api_key": "sim-key",
            "openrouter_base_url": sim.base_url,
            "openrouter_model": "sim/model",
            "llm_retry_delay_s": 0.05,
            "worker_in_serve": False,
            "log_level": "INFO",
            "free_model_rate_limit_per_minute": 1_000_000,
            **dict.fromkeys(RATE_LIMITS, "1000000/hour"),
        }
        return stated_settings(**{**values, **changes})

    return make


@pytest.fixture
def settings(make_settings: MakeSettings) -> Settings:
    return make_settings()


MakeClient = Callable[[FastAPI], Awaitable[httpx.AsyncClient]]


@pytest.fixture
async def make_client() -> AsyncIterator[MakeClient]:
    """Clients of applications that run their real lifespan; all are closed after the test."""
    closers: list[Callable[[], Awaitable[object]]] = []

    async def make(app: FastAPI) -> httpx.AsyncClient:
        lifespan = app.router.lifespan_context(app)
        await lifespan.__aenter__()
        transport = httpx.ASGITransport(app=app)
        client = httpx.AsyncClient(transport=transport, base_url="http://test", timeout=60)
        closers.append(client.aclose)
        closers.append(lambda: lifespan.__aexit__(None, None, None))
        return client

    yield make
    for close in closers:
        await close()


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    return create_app(settings)


@pytest.fixture
async def client(app: FastAPI, make_client: MakeClient) -> httpx.AsyncClient:
    return await make_client(app)


@pytest.fixture
def player(client: httpx.AsyncClient, settings: Settings, engine: Engine) -> Player:
    """A fresh user with their app."""
    return Player(client, settings, add_user(engine))


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    """A running Redis of the test's own."""
    require_redis_server()
    with RedisServer(tmp_path) as server:
        yield server
