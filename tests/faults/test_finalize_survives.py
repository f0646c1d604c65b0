"""Finalize survives anything: killed processes, outages, deletions, twenty callers at once."""

import asyncio
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import Engine

from app.core.settings import Settings
from app.main import create_app
from tests.conftest import MakeClient, MakeSettings
from tests.support import sim_faults as faults
from tests.support.finalized import answer_fourth_by_hand, stored, three_answered
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.player import DIMENSIONS, Player, add_user, body_of
from tests.support.processes import wait_until
from tests.support.rows import SESSIONS, counts_of, delete_session, execute, rows_of, status_of
from tests.support.sim_gate import Gate
from tests.support.working import Running, app_of, jobs_of, leases, running_server, running_worker

FINALIZE = "finalize_session"
SCORING, NARRATIVE = "ikigai_scoring", "recommendation_narrative"


async def until(engine: Engine, token: str, status: str, seconds: float = 20.0) -> None:
    assert await asyncio.to_thread(
        wait_until, lambda: status_of(engine, token) == status, seconds
    ), status_of(engine, token)


async def assert_completed_once(engine: Engine, player: Player) -> None:
    """One row each, the history told once, and nothing left to do."""
    counts = counts_of(engine, player.user_id)
    for table in ("ikigai_dimension_scores", "ikigai_total_scores", "career_recommendations"):
        assert counts[table] == 1
    [history] = rows_of(engine, player.user_id)["kenalidiri_history"]
    assert ",completed," in history
    assert leases(engine) == 0
    await no_job_is_left(engine)


async def no_job_is_left(engine: Engine) -> None:
    assert await asyncio.to_thread(wait_until, lambda: jobs_of(engine, FINALIZE) == [], 10)


def lend_lease(engine: Engine, token: str, seconds: float) -> None:
    """A finalizer of another machine, which may be dead."""
    lent = execute(
        engine,
        f"INSERT INTO ikigai_finalize_leases SELECT id, :holder, now() + :seconds *"
        f" interval '1 second' FROM {SESSIONS} WHERE session_token = :token",
        holder=uuid4(),
        seconds=seconds,
        token=token,
    )
    assert lent == 1


class TestKilled:
    async def test_twice_between_answer_and_scoring(
        self,
        quick: Settings,
        own_engine: Engine,
        sim: OpenRouterSim,
        make_client: MakeClient,
        tmp_path: Path,
    ) -> None:
        """The server while the model is awaited, and the worker that took over; nobody asks."""
        gate = Gate()
        with ExitStack() as processes:
            server = processes.enter_context(running_server(quick, tmp_path))
            server.wait_ready()
            async with httpx.AsyncClient(base_url=server.base_url, timeout=30) as client:
                player = Player(client, quick, add_user(own_engine))
                token = await three_answered(player)
                sim.always(SCORING, gate.behaviour)
                calls = sim.count()
                fourth = asyncio.create_task(player.answer(token, DIMENSIONS[3]))
                assert await asyncio.to_thread(sim.wait_calls, calls + 4, 10)
                server.kill()
                with pytest.raises(httpx.HTTPError):
                    await fourth
            assert status_of(own_engine, token) == "ikigai_ongoing"
            assert jobs_of(own_engine, FINALIZE)  # the answer and its job were one commit
            first = processes.enter_context(running_worker(quick, tmp_path))
            assert await asyncio.to_thread(sim.wait_calls, calls + 8, 20)
            first.kill()
            gate.open()
            sim.reset()
        await make_client(create_app(quick))
        await until(own_engine, token, "completed")
        assert stored(own_engine, token).metadata["fallback_used"] is False
        await assert_completed_once(own_engine, player)

    async def test_sigterm_hands_the_job_back(
        self,
        quick: Settings,
        idle: Settings,
        own_engine: Engine,
        sim: OpenRouterSim,
        make_client: MakeClient,
        tmp_path: Path,
    ) -> None:
        player = await app_of(idle, make_client, own_engine)
        token = await three_answered(player)
        answer_fourth_by_hand(own_engine, token)
        execute(
            own_engine,
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args) SELECT 'default',"
            f" '{FINALIZE}', jsonb_build_object('session_id', id) FROM {SESSIONS}"
            " WHERE session_token = :token",
            token=token,
        )
        gate = Gate()
        sim.reset()
        sim.always(SCORING, gate.behaviour)
        with running_worker(quick, tmp_path) as worker:
            assert await asyncio.to_thread(sim.wait_calls, 4, 20)
            assert await asyncio.to_thread(worker.terminate) == 0
        assert jobs_of(own_engine, FINALIZE) == [("todo", 1)]
        assert leases(own_engine) == 0  # the next one begins at once
        gate.open()
        sim.reset()
        worker_app = await app_of(quick, make_client, own_engine)
        await until(own_engine, token, "completed")
        assert worker_app.settings.worker_in_serve
        await assert_completed_once(own_engine, player)


class TestAllAtOnce:
    async def test_twenty_equal_answers_on_two_servers(
        self, quick: Settings, own_engine: Engine, sim: OpenRouterSim, tmp_path: Path
    ) -> None:
        with ExitStack() as processes:
            servers: list[Running] = [
                processes.enter_context(running_server(quick, tmp_path, name))
                for name in ("first", "second")
            ]
            for server in servers:
                server.wait_ready()
            user = add_user(own_engine)
            clients = [httpx.AsyncClient(base_url=s.base_url, timeout=60) for s in servers]
            players = [Player(client, quick, user) for client in clients]
            token = await three_answered(players[0])
            sim.reset()
            sim.latency = 1.5  # longer than the lease, and than the job waits
            answers = await asyncio.gather(
                *(players[n % 2].answer(token, DIMENSIONS[3]) for n in range(20))
            )
            bodies = [body_of(answer) for answer in answers]
            for client in clients:
                await client.aclose()
            assert bodies[0]["status"] == "completed"
            assert all(body == bodies[0] for body in bodies)
            assert sim.count(SCORING) == 4
            assert sim.count(NARRATIVE) == 1
            await assert_completed_once(own_engine, players[0])

    async def test_all_four_answers_at_once(
        self, quick: Settings, own_engine: Engine, make_client: MakeClient, sim: OpenRouterSim
    ) -> None:
        player = await app_of(quick, make_client, own_engine)
        token = await player.reach_ikigai()
        sim.reset()
        bodies = [
            body_of(answer)
            for answer in await asyncio.gather(
                *(player.answer(token, dimension) for dimension in DIMENSIONS)
            )
        ]
        assert sum(body["status"] == "completed" for body in bodies) == 1
        assert sim.count(SCORING) == 4
        await assert_completed_once(own_engine, player)


class TestLease:
    async def test_taken_over_when_its_holder_died(
        self, idle: Settings, own_engine: Engine, make_client: MakeClient, sim: OpenRouterSim
    ) -> None:
        player = await app_of(idle, make_client, own_engine)
        token = await three_answered(player)
        answer_fourth_by_hand(own_engine, token)
        lend_lease(own_engine, token, 0.8)
        sim.reset()
        loop = asyncio.get_running_loop()
        asked = loop.time()
        done = await player.ok_post("/ikigai/finalize", {"session_token": token})
        assert 0.7 < loop.time() - asked < 5
        assert done["status"] == "completed"
        assert sim.count(SCORING) == 4
        await assert_completed_once(own_engine, player)

    async def test_a_caller_waits_no_longer_than_it_would(
        self,
        make_settings: MakeSettings,
        own_dsn: str,
        own_engine: Engine,
        make_client: MakeClient,
        sim: OpenRouterSim,
    ) -> None:
        settings = make_settings(database_url=own_dsn, client_wait_s=0.3)
        player = await app_of(settings, make_client, own_engine)
        token = await three_answered(player)
        answer_fourth_by_hand(own_engine, token)
        lend_lease(own_engine, token, 60)
        sim.reset()
        body = await player.ok_post("/ikigai/finalize", {"session_token": token})
        assert (body["status"], body["all_completed"]) == ("ikigai_ongoing", True)
        assert sim.count() == 0
        execute(own_engine, "UPDATE ikigai_finalize_leases SET expires_at = now()")
        await until(own_engine, token, "completed")  # the work went on without the caller

    async def test_a_job_that_finds_it_held_comes_back(
        self, quick: Settings, idle: Settings, own_engine: Engine, make_client: MakeClient
    ) -> None:
        player = await app_of(idle, make_client, own_engine)
        token = await three_answered(player)
        answer_fourth_by_hand(own_engine, token)
        lend_lease(own_engine, token, 1.0)
        worker = create_app(quick)
        await make_client(worker)
        await worker.state.services.session_upkeep.enqueue_unfinished()
        assert await asyncio.to_thread(
            wait_until, lambda: [n for _, n in jobs_of(own_engine, FINALIZE)] == [1]
        )
        await until(own_engine, token, "completed")
        await assert_completed_once(own_engine, player)


class TestOutagesAndDeletions:
    async def test_a_model_outage_weakens_the_result(
        self, quick: Settings, own_engine: Engine, make_client: MakeClient, sim: OpenRouterSim
    ) -> None:
        player = await app_of(quick, make_client, own_engine)
        token = await three_answered(player)
        answer_fourth_by_hand(own_engine, token)
        sim.always(None, faults.status(503))
        app = create_app(quick)
        await app.state.services.session_upkeep.enqueue_unfinished()
        await until(own_engine, token, "completed")
        found = stored(own_engine, token)
        assert found.metadata["failed_dimensions"] == list(DIMENSIONS)
        assert found.written_by == "fallback"
        await assert_completed_once(own_engine, player)

    async def test_deleted_while_the_job_runs(
        self, quick: Settings, own_engine: Engine, make_client: MakeClient, sim: OpenRouterSim
    ) -> None:
        player = await app_of(quick, make_client, own_engine)
        token = await three_answered(player)
        answer_fourth_by_hand(own_engine, token)
        gate = Gate()
        sim.reset()
        sim.always(SCORING, gate.behaviour)
        await create_app(quick).state.services.session_upkeep.enqueue_unfinished()
        assert await asyncio.to_thread(sim.wait_calls, 4, 10)
        delete_session(own_engine, token)
        gate.open()
        await no_job_is_left(own_engine)
        assert counts_of(own_engine, player.user_id).keys() <= {"kenalidiri_history"}
        assert leases(own_engine) == 0

    async def test_deleted_before_the_job_runs(
        self, quick: Settings, idle: Settings, own_engine: Engine, make_client: MakeClient
    ) -> None:
        player = await app_of(idle, make_client, own_engine)
        token = await three_answered(player)
        answer_fourth_by_hand(own_engine, token)
        await create_app(quick).state.services.session_upkeep.enqueue_unfinished()
        delete_session(own_engine, token)
        await make_client(create_app(quick))
        await no_job_is_left(own_engine)
