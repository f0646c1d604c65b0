"""/metrics: fixed names, few label values, the guard, and what a journey leaves in it."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine

from app.cli.shared_metrics import PREFIX, remove_leftovers
from app.core.exposition import forget_dead_workers
from app.main import create_app
from tests.conftest import MakeClient, MakeSettings
from tests.support import sim_faults as faults
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.player import API, DIMENSIONS, Player, add_user
from tests.support.ports import own_port
from tests.support.problems import assert_problem
from tests.support.rows import forget_candidates
from tests.support.scrape import Scrape

DEAD_PID = 2**22 + 1  # above what Linux gives

Difference = Callable[..., float]


async def scrape(client: httpx.AsyncClient) -> Scrape:
    response = await client.get("/metrics")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    return Scrape(response.text)


async def during(client: httpx.AsyncClient, work: Callable[[], Awaitable[object]]) -> Difference:
    """What `work` adds to a sample; other tests of this process have counted before."""
    before = await scrape(client)
    await work()
    after = await scrape(client)

    def difference(name: str, **labels: str) -> float:
        return after.value(name, **labels) - before.value(name, **labels)

    return difference


class TestRequests:
    async def test_by_method_template_and_status(
        self, client: httpx.AsyncClient, player: Player
    ) -> None:
        path = "/sessions/{session_token}"

        async def work() -> None:
            started = await player.start()
            await player.ok_get(path.format(session_token=started["session_token"]))
            await client.get(API + path.format(session_token="x"))

        added = await during(client, work)
        name = "http_request_duration_seconds_count"
        ours = {"method": "GET", "route": API + path}
        assert added(name, **ours, status_code="200") == 1
        assert added(name, **ours, status_code="401") == 1
        assert added(name, route=f"{API}/recommendation/start", status_code="200") == 1

    async def test_no_address_becomes_a_label(self, client: httpx.AsyncClient) -> None:
        added = await during(client, lambda: client.request("BREW", "/kopi/aku"))
        found = await scrape(client)
        assert added("http_request_duration_seconds_count", method="OTHER", route="unmatched") == 1
        assert "/kopi/aku" not in found.text
        assert "BREW" not in found.text

    async def test_body_too_large(self, client: httpx.AsyncClient) -> None:
        added = await during(client, lambda: client.post(f"{API}/x", content=b" " * 300_000))
        assert added("http_request_duration_seconds_count", status_code="413") == 1

    async def test_in_flight_comes_back_to_the_scrape_itself(
        self, client: httpx.AsyncClient
    ) -> None:
        for _ in range(3):
            assert (await scrape(client)).value("http_requests_in_flight") == 1


class TestJourney:
    async def test_what_it_counts(self, client: httpx.AsyncClient, player: Player) -> None:
        async def work() -> None:
            token = await player.reach_ikigai()
            await player.ok_get(f"/ikigai/content/{token}")
            await player.answer_all(token)

        added = await during(client, work)
        for status in ("riasec_ongoing", "riasec_completed", "ikigai_ongoing", "completed"):
            reached = added("session_transitions_total", test_goal="RECOMMENDATION", status=status)
            assert reached == 1, status
        assert added("cache_requests_total", cache="ikigai_content", result="hit") == 1
        assert added("cache_requests_total", cache="ikigai_content", result="miss") >= 1
        assert added("ikigai_finalize_duration_seconds_count", outcome="success") == 1
        # content, four dimensions, narrative
        assert added("openrouter_requests_total", model="sim/model", status="success") == 6
        assert added("model_call_duration_seconds_count", purpose="ikigai_scoring") == 4
        assert added("token_usage_total", model="sim/model", type="prompt") > 0
        assert added("token_usage_total", model="sim/model", type="completion") > 0
        assert added("model_cost_dollars_total", purpose="recommendation_narrative") > 0
        assert added("model_retries_total") == 0
        assert added("model_fallbacks_total") == 0
        assert (await scrape(client)).value("database_connections_in_use") == 0

    async def test_a_replay_counts_nothing(self, client: httpx.AsyncClient, player: Player) -> None:
        token = await player.reach_ikigai()
        await player.answer_all(token)

        async def again() -> None:
            await player.ok_post("/ikigai/finalize", {"session_token": token})

        added = await during(client, again)
        assert added("session_transitions_total") == 0
        assert added("ikigai_finalize_duration_seconds_count") == 0

    async def test_a_run_whose_candidates_are_gone_is_no_failure(
        self, client: httpx.AsyncClient, player: Player, engine: Engine
    ) -> None:
        token = await player.reach_ikigai()
        for dimension in DIMENSIONS[:3]:
            await player.answer(token, dimension)
        forget_candidates(engine, token)
        added = await during(client, lambda: player.answer(token, DIMENSIONS[3]))
        assert added("ikigai_finalize_duration_seconds_count", outcome="vanished") == 1
        assert added("ikigai_finalize_duration_seconds_count", outcome="failed") == 0

    async def test_a_model_that_fails(
        self, client: httpx.AsyncClient, player: Player, sim: OpenRouterSim
    ) -> None:
        sim.always(None, faults.status(503))

        async def work() -> None:
            token = await player.reach_ikigai()
            await player.answer_all(token)

        added = await during(client, work)
        assert added("openrouter_requests_total", model="sim/model", status="unavailable") == 6
        assert added("model_retries_total", model="sim/model", purpose="ikigai_scoring") == 4
        assert added("model_fallbacks_total", purpose="ikigai_content") == 5
        assert added("model_fallbacks_total", purpose="ikigai_scoring") == 4
        assert added("model_fallbacks_total", purpose="recommendation_narrative") == 1

    async def test_what_a_useless_answer_costs(
        self, client: httpx.AsyncClient, player: Player, sim: OpenRouterSim
    ) -> None:
        sim.always("ikigai_content", faults.prose_only)
        added = await during(client, player.reach_ikigai)
        assert added("openrouter_requests_total", status="bad_output") == 1
        assert added("token_usage_total", type="completion") > 0
        assert added("model_cost_dollars_total", purpose="ikigai_content") > 0

    async def test_the_offline_model_is_no_request_to_openrouter(
        self, make_settings: MakeSettings, make_client: MakeClient, engine: Engine
    ) -> None:
        settings = make_settings(openrouter_api_key=None)
        client = await make_client(create_app(settings))
        added = await during(client, Player(client, settings, add_user(engine)).reach_ikigai)
        assert added("model_call_duration_seconds_count", model="offline-1") == 1
        assert added("openrouter_requests_total") == 0
        assert added("token_usage_total") == 0


class TestRedis:
    async def test_what_went_on_without_it(
        self, make_settings: MakeSettings, make_client: MakeClient, engine: Engine
    ) -> None:
        settings = make_settings(redis_url=f"redis://127.0.0.1:{own_port()}/0")
        client = await make_client(create_app(settings))
        added = await during(client, Player(client, settings, add_user(engine)).reach_ikigai)
        assert added("redis_failures_total") > 0


class TestGuard:
    @pytest.fixture
    async def guarded(self, make_settings: MakeSettings, make_client: MakeClient) -> object:
        return await make_client(create_app(make_settings(metrics_token="only-for-ops")))

    async def test_the_right_token(self, guarded: httpx.AsyncClient) -> None:
        headers = {"Authorization": "Bearer only-for-ops"}
        assert (await guarded.get("/metrics", headers=headers)).status_code == 200

    @pytest.mark.parametrize("given", [None, "Bearer wrong", "only-for-ops", "Bearer kopi-é"])
    async def test_any_other(self, guarded: httpx.AsyncClient, given: str | None) -> None:
        headers = {} if given is None else {b"Authorization": given.encode()}
        response = await guarded.get("/metrics", headers=headers)
        assert_problem(response, 401, "not_authenticated")

    async def test_switched_off(self, make_settings: MakeSettings, make_client: MakeClient) -> None:
        client = await make_client(create_app(make_settings(enable_metrics=False)))
        assert_problem(await client.get("/metrics"), 404, "not_found")


class TestSharedFolder:
    def test_a_dead_workers_gauges_go_and_its_counters_stay(self, tmp_path: Path) -> None:
        names = {
            f"gauge_livesum_{DEAD_PID}.db": False,
            f"counter_{DEAD_PID}.db": True,
            f"gauge_livesum_{os.getpid()}.db": True,
        }
        for name in names:
            (tmp_path / name).touch()
        forget_dead_workers(tmp_path)
        assert {name: (tmp_path / name).exists() for name in names} == names

    def test_what_killed_servers_left_is_removed(self, tmp_path: Path) -> None:
        left = tmp_path / f"{PREFIX}{DEAD_PID}-abc"
        used = tmp_path / f"{PREFIX}{os.getpid()}-abc"
        for folder in (left, used):
            folder.mkdir()
            (folder / "counter_1.db").touch()
        remove_leftovers(tmp_path)
        assert (left.exists(), used.exists()) == (False, True)


def promtool() -> str:
    found = shutil.which("promtool")
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("CI installs promtool (the package prometheus)")
        pytest.skip("promtool is not installed (the package prometheus)")
    return found


def findings(text: str) -> str:
    """What `promtool check metrics` says about a scrape."""
    command = [promtool(), "check", "metrics"]
    done = subprocess.run(command, input=text, text=True, capture_output=True, check=False)
    return done.stdout + done.stderr


# The seed's name of a gauge, which other tools know; the page allows this one finding.
ALLOWED = 'conversations_active_total non-counter metrics should not have "_total" suffix\n'


async def test_promtool_finds_nothing_else(client: httpx.AsyncClient, player: Player) -> None:
    promtool()
    token = await player.reach_ikigai()
    await player.answer_all(token)
    text = (await scrape(client)).text
    assert await asyncio.to_thread(findings, text) == ALLOWED
