"""`/health?full=true`: asks the model for one token, for our own services only."""

import time

import httpx
import pytest
from fastapi import FastAPI

from app.core import health
from app.llm import probe
from app.main import create_app
from tests.conftest import MakeClient, MakeSettings
from tests.support import sim_faults as faults
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.problems import assert_problem

KEY = "kunci-layanan-internal-9f3b"
HEADERS = {"X-Internal-Key": KEY}


@pytest.fixture
def app(make_settings: MakeSettings) -> FastAPI:
    return create_app(make_settings(internal_service_key=KEY))


async def model_state(client: httpx.AsyncClient) -> str:
    response = await client.get("/health?full=true", headers=HEADERS)
    assert response.status_code == 200
    state: str = response.json()["dependencies"]["openrouter"]["status"]
    return state


async def test_asks_for_one_token_once(client: httpx.AsyncClient, sim: OpenRouterSim) -> None:
    assert await model_state(client) == "healthy"
    (call,) = sim.calls
    assert (call.purpose, call.body["max_tokens"]) == ("health_probe", 1)


async def test_without_full_nobody_is_asked(client: httpx.AsyncClient, sim: OpenRouterSim) -> None:
    response = await client.get("/health", headers=HEADERS)
    assert response.json()["dependencies"]["openrouter"]["status"] == "healthy"
    assert sim.count() == 0


async def test_a_cut_answer_is_an_answer(client: httpx.AsyncClient, sim: OpenRouterSim) -> None:
    sim.always("health_probe", faults.finish("length"))
    assert await model_state(client) == "healthy"


@pytest.mark.parametrize("status", [401, 402, 429, 500, 503])
async def test_a_model_that_fails_degrades(
    client: httpx.AsyncClient, sim: OpenRouterSim, status: int
) -> None:
    sim.always("health_probe", faults.status(status))
    response = await client.get("/health?full=true", headers=HEADERS)
    assert response.json()["dependencies"]["openrouter"] == {"status": "degraded"}
    assert response.json()["status"] == health.State.DEGRADED
    assert sim.count("health_probe") == 1


async def test_a_model_that_hangs_degrades_in_time(
    client: httpx.AsyncClient, sim: OpenRouterSim, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "TIMEOUT_S", 0.2)
    sim.always("health_probe", faults.hang_before_headers)
    started = time.monotonic()
    assert await model_state(client) == "degraded"
    assert time.monotonic() - started < 2


@pytest.mark.parametrize("given", [None, "", "kunci", KEY + "x", "kopi-é"])
async def test_without_the_key(
    client: httpx.AsyncClient, sim: OpenRouterSim, given: str | None
) -> None:
    headers = {} if given is None else {b"X-Internal-Key": given.encode()}
    response = await client.get("/health?full=true", headers=headers)
    assert_problem(response, 401, "not_authenticated")
    assert sim.count() == 0


async def test_nobody_has_a_key_that_is_not_set(
    make_settings: MakeSettings, make_client: MakeClient, sim: OpenRouterSim
) -> None:
    client = await make_client(create_app(make_settings()))
    response = await client.get("/health?full=true", headers={"X-Internal-Key": ""})
    assert_problem(response, 401, "not_authenticated")
    assert sim.count() == 0


async def test_the_offline_model_is_not_asked(
    make_settings: MakeSettings, make_client: MakeClient
) -> None:
    settings = make_settings(internal_service_key=KEY, openrouter_api_key=None)
    assert await model_state(await make_client(create_app(settings))) == "degraded"
