"""The usage ledger in the database: complete, exact, added up, and never lost."""

import asyncio
import uuid
from collections.abc import Iterator

import httpx
import pytest
from sqlalchemy import Engine, text
from structlog.testing import capture_logs

from app.core.clock import utc_now
from app.core.database import Database
from app.llm.ledger import Attempt, UsageLedger
from app.llm.port import Purpose, Usage
from app.main import create_app
from app.model_usage import recorder
from app.model_usage.recorder import UsageRecorder
from tests.conftest import MakeSettings
from tests.model_usage.rows import failures, reported, stored
from tests.support import sim_faults as faults
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.player import Player, add_user
from tests.support.scrape import Scrape


@pytest.fixture
def own() -> str:
    """The name of a model that no other test uses."""
    return f"sim/{uuid.uuid4().hex[:12]}"


@pytest.fixture
def database(make_settings: MakeSettings, database_dsn: str) -> Iterator[Database]:
    found = Database(make_settings(), database_dsn)
    yield found
    found.close()


def attempts(ledger: UsageLedger, model: str, count: int = 1) -> None:
    for _ in range(count):
        ledger.record(Attempt(Purpose.CONTENT, model, False, False, Usage(7, 3, 0.1)))


class TestReconciliation:
    async def test_with_the_simulator_to_the_last_digit(
        self,
        make_settings: MakeSettings,
        engine: Engine,
        sim: OpenRouterSim,
        own: str,
    ) -> None:
        """A journey with failed, repaired and fallback attempts; written at the shutdown."""
        settings = make_settings(openrouter_model=own, openrouter_fallback_models=(f"{own}-b",))
        app = create_app(settings)
        sim.script("ikigai_content", faults.prose_only, faults.wrong_language, faults.good)
        sim.script("ikigai_scoring", faults.status(503), faults.wrong_model(f"{own}-b"))
        sim.script("recommendation_narrative", faults.empty_content, faults.no_usage)
        transport = httpx.ASGITransport(app=app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://test", timeout=60) as client,
        ):
            player = Player(client, settings, add_user(engine))
            token = await player.reach_ikigai()
            await player.ok_get(f"/ikigai/content/{token}")
            await player.answer_all(token)
            scrape = Scrape((await client.get("/metrics")).text)
        expected = reported(sim.calls)
        assert stored(engine, f"{own}%") == expected
        # prose, 503, empty; an answer that breaks the rules of the content is one, and repaired
        assert failures(engine, f"{own}%") == 3
        assert ("ikigai_scoring", f"{own}-b") in expected
        for (purpose, model), (tried, prompt, completion, cost) in expected.items():
            labels = {"model": model, "purpose": purpose}
            assert scrape.value("model_attempts_total", **labels) == tried
            assert scrape.value("model_tokens_total", **labels, type="prompt") == prompt
            assert scrape.value("model_tokens_total", **labels, type="completion") == completion
            assert scrape.value("model_cost_dollars_total", **labels) == pytest.approx(float(cost))


class TestAddingUp:
    async def test_many_processes_and_many_batches(
        self, make_settings: MakeSettings, database_dsn: str, engine: Engine, own: str
    ) -> None:
        databases = [Database(make_settings(), database_dsn) for _ in range(4)]
        ledgers = [UsageLedger(utc_now) for _ in databases]
        recorders = [UsageRecorder(*pair) for pair in zip(databases, ledgers, strict=True)]
        for _ in range(10):
            for turn, ledger in enumerate(ledgers):
                names = [own, f"{own}-b", f"{own}-c"]
                for name in names[turn % 3 :] + names[: turn % 3]:
                    attempts(ledger, name)
            assert all(await asyncio.gather(*(one.flush() for one in recorders)))
        for database in databases:
            database.close()
        found = stored(engine, f"{own}%")
        assert {counts[:3] for counts in found.values()} == {(40, 280, 120)}
        assert {str(counts[3]) for counts in found.values()} == {"4.0"}
        assert len(found) == 3

    async def test_in_the_background(self, database: Database, engine: Engine, own: str) -> None:
        ledger = UsageLedger(utc_now)
        async with UsageRecorder(database, ledger, every_s=0.01):
            attempts(ledger, own)
            async with asyncio.timeout(5):
                while not stored(engine, own):  # noqa: ASYNC110 - another connection's view
                    await asyncio.sleep(0.01)


class TestOutage:
    @pytest.fixture(autouse=True)
    def _refusal(self, engine: Engine) -> Iterator[None]:
        with engine.begin() as connection:
            connection.execute(
                text(
                    "CREATE FUNCTION refuse_usage() RETURNS trigger LANGUAGE plpgsql AS"
                    " $$ BEGIN RAISE EXCEPTION 'not now'; END $$"
                )
            )
        yield
        with engine.begin() as connection:
            connection.execute(text("DROP FUNCTION refuse_usage CASCADE"))

    def refuse(self, engine: Engine) -> None:
        with engine.begin() as connection:
            connection.execute(
                text(
                    "CREATE TRIGGER refuse BEFORE INSERT ON model_usage_daily"
                    " EXECUTE FUNCTION refuse_usage()"
                )
            )

    def accept(self, engine: Engine) -> None:
        with engine.begin() as connection:
            connection.execute(text("DROP TRIGGER refuse ON model_usage_daily"))

    async def test_nothing_is_lost_and_nothing_counted_twice(
        self, database: Database, engine: Engine, own: str
    ) -> None:
        ledger = UsageLedger(utc_now)
        writer = UsageRecorder(database, ledger)
        self.refuse(engine)
        with capture_logs() as logs:
            for _ in range(3):
                attempts(ledger, own)
                assert not await writer.flush()
        self.accept(engine)
        attempts(ledger, own)
        assert await writer.flush()
        assert await writer.flush()
        assert stored(engine, own)["ikigai_content", own][0] == 4
        assert [line["event"] for line in logs] == ["model_usage_not_written"]

    async def test_at_the_end_the_log_has_the_sums(
        self,
        database: Database,
        engine: Engine,
        own: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(recorder, "BETWEEN_TRIES_S", 0.0)
        ledger = UsageLedger(utc_now)
        self.refuse(engine)
        with capture_logs() as logs:
            async with UsageRecorder(database, ledger):
                attempts(ledger, own, 3)
        self.accept(engine)
        lost = [line for line in logs if line["event"] == "model_usage_lost"]
        assert [(line["model"], line["attempts"], line["cost"]) for line in lost] == [
            (own, 3, "0.3")
        ]
