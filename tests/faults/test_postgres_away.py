"""PostgreSQL restarted, crashed, hung, its connections killed: 503 with Retry-After, then as
before, and nothing that was acknowledged is lost.
"""

import asyncio
import random
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import OperationalError

from app.core.database import psycopg2_url
from tests.chaos.audit import audit, left_over, unfinished
from tests.chaos.traveller import Ledger, Traveller
from tests.conftest import MakeClient, MakeSettings
from tests.support.databases import as_service, prepare
from tests.support.finalized import three_answered
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.player import DIMENSIONS, Player, add_user
from tests.support.postgres_server import PostgresServer
from tests.support.problems import assert_problem
from tests.support.processes import wait_until
from tests.support.rows import counts_of, execute
from tests.support.working import QUICK, app_of, running_server

TRAVELLERS = 4
PATIENCE_S = 1 + 3 + 2 + 4  # pool, connecting, statement; a busy machine
TERMINATE_ALL = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'kenali_diri'"
)


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    folder = Path(tempfile.mkdtemp(prefix="kd-", dir="/tmp"))
    folder.chmod(0o755)
    with PostgresServer(folder) as server:
        prepare(server.dsn)
        yield server
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def eyes(postgres: PostgresServer) -> Iterator[Engine]:
    engine = create_engine(psycopg2_url(postgres.dsn), pool_pre_ping=True)
    yield engine
    engine.dispose()


def restart(server: PostgresServer, _: Engine) -> None:
    server.stop()
    server.start()


def crash(server: PostgresServer, _: Engine) -> None:
    server.crash()
    server.start()


def kill_connections(_: PostgresServer, engine: Engine) -> None:
    with engine.connect() as connection:
        connection.execute(TERMINATE_ALL)


Blow = Callable[[PostgresServer, Engine], None]
BLOWS: tuple[Blow, ...] = (kill_connections, restart, crash)


def add_user_again_and_again(eyes: Engine) -> UUID:
    """The blows meet the test's own eyes, too."""
    while True:
        with suppress(OperationalError):
            return add_user(eyes)


@pytest.mark.slow
async def test_nothing_acknowledged_is_lost(
    postgres: PostgresServer,
    eyes: Engine,
    make_settings: MakeSettings,
    sim: OpenRouterSim,
    tmp_path: Path,
) -> None:
    """People go on over every blow, as their apps would; the server and its worker stay up."""
    sim.latency = 0.05
    settings = make_settings(database_url=as_service(postgres.dsn), worker_in_serve=True, **QUICK)
    ledger, stop = Ledger(), asyncio.Event()

    async def keep_travelling(client: httpx.AsyncClient, number: int, user: UUID) -> None:
        own = random.Random(number)
        traveller = Traveller(client, [server.base_url], settings, ledger, own)
        while not stop.is_set():
            await traveller.journey(user)
            user = await asyncio.to_thread(add_user_again_and_again, eyes)

    users = [add_user(eyes) for _ in range(TRAVELLERS)]
    with running_server(settings, tmp_path) as server:
        server.wait_ready()
        async with httpx.AsyncClient(timeout=30) as client, asyncio.TaskGroup() as group:
            for number, user in enumerate(users):
                group.create_task(keep_travelling(client, number, user))
            for blow in BLOWS:
                await more_requests(ledger, 25)
                blow(postgres, eyes)
            await more_requests(ledger, 25)
            stop.set()
        assert server.process.poll() is None
        assert await asyncio.to_thread(wait_until, lambda: unfinished(eyes) == 0, 30)
        assert await asyncio.to_thread(wait_until, lambda: left_over(eyes) == 0, 10)
    findings = audit(eyes, ledger.promises)
    assert (findings.lost, findings.doubled) == ([], [])
    assert (ledger.server_errors, ledger.broken_off) == ([], 0)
    assert ledger.refused > 0  # the blows were felt
    assert findings.completed >= TRAVELLERS


async def more_requests(ledger: Ledger, count: int) -> None:
    wanted = ledger.requests + count
    async with asyncio.timeout(30):
        while ledger.requests < wanted:  # noqa: ASYNC110 - others count
            await asyncio.sleep(0.01)


@pytest.fixture
async def player(
    postgres: PostgresServer, eyes: Engine, make_settings: MakeSettings, make_client: MakeClient
) -> Player:
    """Of an impatient server: what hangs, hangs for a moment."""
    impatient = make_settings(
        database_url=as_service(postgres.dsn), db_statement_timeout_s=2.0, db_pool_timeout_s=1.0
    )
    return await app_of(impatient, make_client, eyes)


class TestRestarted:
    async def test_the_user_is_asked_to_come_back(
        self, postgres: PostgresServer, player: Player
    ) -> None:
        client = player.client
        token = await three_answered(player)
        postgres.stop()
        away = await player.answer(token, DIMENSIONS[3])
        assert_problem(away, 503, "database_unavailable")
        assert (await client.get("/health/live")).status_code == 200
        assert (await client.get("/health")).status_code == 503
        postgres.start()
        assert (await player.answer(token, DIMENSIONS[3])).json()["status"] == "completed"
        assert (await client.get("/health")).status_code == 200


class TestHung:
    async def test_nobody_waits_for_ever_and_the_process_stays_alive(
        self, postgres: PostgresServer, player: Player
    ) -> None:
        client = player.client
        token = await three_answered(player)
        with postgres.frozen():
            began = time.monotonic()
            asked = [asyncio.ensure_future(player.get(f"/sessions/{token}")) for _ in range(20)]
            while not all(task.done() for task in asked) and time.monotonic() - began < 20:
                looked = time.monotonic()
                assert (await client.get("/health/live")).status_code == 200
                assert time.monotonic() - looked < 0.5
                await asyncio.sleep(0.05)
            assert time.monotonic() - began < PATIENCE_S
            for task in asked:
                assert task.result().status_code == 503
                assert "retry-after" in task.result().headers
            assert (await client.get("/health")).status_code == 503
        fourth = await until_answered(lambda: player.answer(token, DIMENSIONS[3]))
        assert fourth.json()["status"] == "completed"
        assert (await player.get(f"/sessions/{token}")).status_code == 200


async def until_answered(ask: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
    """What is answered when the app has come back as often as it was asked to."""
    async with asyncio.timeout(10):
        while (response := await ask()).status_code == 503:  # noqa: ASYNC110 - as an app does
            await asyncio.sleep(0.05)
    return response


REFUSE_COMMIT = """
CREATE FUNCTION refuse_commit() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'no'; END $$;
CREATE CONSTRAINT TRIGGER refuse_commit AFTER INSERT OR UPDATE ON {table}
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_commit();
"""


class TestCommitRefused:
    @pytest.mark.parametrize("table", ["kenalidiri_history", "riasec_question_sets"])
    async def test_is_told_and_nothing_is_stored(
        self, eyes: Engine, player: Player, table: str
    ) -> None:
        """Every statement went well; the transaction did not."""
        execute(eyes, REFUSE_COMMIT.format(table=table))
        try:
            refused = await player.post("/recommendation/start", {"persona_type": "BUILDER"})
        finally:
            execute(eyes, "DROP FUNCTION refuse_commit CASCADE")
        assert_problem(refused, 500, "internal_error")
        assert counts_of(eyes, player.user_id) == {}
        assert (await player.start())["resumed"] is False
