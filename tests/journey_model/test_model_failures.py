"""The journey with a model that is slow, dead or wrong: quick, nothing lost, nothing told."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from app.core.cache import MemoryCache
from app.main import create_app
from app.services import Services
from tests.conftest import MakeSettings
from tests.support import sim_faults as faults
from tests.support.finalized import only_in, stored, three_answered
from tests.support.model_answers import NARRATIVE
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.player import DIMENSIONS, Player, add_user, body_of
from tests.support.rows import execute, status_of
from tests.support.server_process import server_process

CONTENT, SCORING, NARRATION = "ikigai_content", "ikigai_scoring", "recommendation_narrative"
LAST = DIMENSIONS[3]
DRAIN_S = 10.0
NARRATIVES = "ikigai_narrative"


class WatchedCache(MemoryCache):
    """Remembers for how long each key was last to be kept, in seconds."""

    def __init__(self) -> None:
        super().__init__()
        self.ttl: dict[str, float] = {}

    async def set(self, key: str, value: str, ttl_s: float) -> None:
        self.ttl[key] = ttl_s
        await super().set(key, value, ttl_s)

    def ttls(self, kind: str) -> dict[str, float]:
        return {key: ttl for key, ttl in self.ttl.items() if key.startswith(f"{kind}:")}


@pytest.fixture
def cache(monkeypatch: pytest.MonkeyPatch) -> WatchedCache:
    watched = WatchedCache()
    monkeypatch.setattr("app.main.make_cache", lambda _redis: watched)
    return watched


@pytest.fixture
def app(cache: WatchedCache, make_settings: MakeSettings) -> FastAPI:
    return create_app(make_settings())


def sources(body: dict[str, Any]) -> list[str]:
    return [option["content_source"] for option in body["candidates_with_content"]]


def texts(body: dict[str, Any]) -> list[dict[str, str]]:
    return [option["dimension_content"] for option in body["candidates_with_content"]]


async def start_ikigai(player: Player) -> dict[str, Any]:
    started = await player.start()
    await player.submit_riasec(started, I=5, C=5, E=5)
    return await player.ok_post("/ikigai/start", {"session_token": started["session_token"]})


class TestContentInTheCache:
    async def test_the_models_content_is_kept_two_hours_and_its_narratives_thirty_days(
        self, player: Player, cache: WatchedCache, sim: OpenRouterSim
    ) -> None:
        body = await start_ikigai(player)
        assert sources(body) == ["model"] * 5
        token = body["session_token"]
        assert cache.ttls(CONTENT) == {f"ikigai_content:{token}": 7200}
        assert list(cache.ttls(NARRATIVES).values()) == [30 * 86_400] * 5
        again = await player.ok_get(f"/ikigai/content/{token}")
        assert (body["from_cache"], again["from_cache"]) == (False, True)
        assert texts(again) == texts(body)
        assert sim.count(CONTENT) == 1

    async def test_a_dead_model_is_not_asked_again_for_half_a_minute(
        self, player: Player, cache: WatchedCache, sim: OpenRouterSim
    ) -> None:
        sim.always(CONTENT, faults.status(503))
        body = await start_ikigai(player)
        assert sources(body) == ["fallback"] * 5
        assert cache.ttl == {f"ikigai_content:{body['session_token']}": 30}
        again = await player.ok_get(f"/ikigai/content/{body['session_token']}")
        assert again["from_cache"] is True
        assert sim.count(CONTENT) == 2

    async def test_one_composed_option_is_kept_as_short(
        self, player: Player, cache: WatchedCache, sim: OpenRouterSim
    ) -> None:
        sim.script(CONTENT, faults.value("four", lambda a: {"professions": a["professions"][1:]}))
        sim.script(CONTENT, faults.status(503))
        body = await start_ikigai(player)
        assert sources(body) == ["fallback", *["model"] * 4]
        assert cache.ttls(CONTENT) == {f"ikigai_content:{body['session_token']}": 30}
        assert list(cache.ttls(NARRATIVES).values()) == [30 * 86_400] * 4

    @pytest.mark.parametrize("broken", ["", "{", "null", '{"session_token": "x"}'])
    async def test_what_does_not_parse_is_a_miss_and_overwritten(
        self, player: Player, cache: WatchedCache, sim: OpenRouterSim, broken: str
    ) -> None:
        body = await start_ikigai(player)
        key = f"ikigai_content:{body['session_token']}"
        await cache.set(key, broken, 60)
        again = await player.ok_get(f"/ikigai/content/{body['session_token']}")
        assert (again["from_cache"], texts(again)) == (False, texts(body))
        assert cache.ttl[key] == 7200
        assert sim.count(CONTENT) == 1  # the narratives themselves are still there


class TestConcurrentContent:
    async def test_shares_one_writing(
        self, player: Player, cache: WatchedCache, sim: OpenRouterSim
    ) -> None:
        token = (await start_ikigai(player))["session_token"]
        for key in cache.ttl:
            await cache.delete(key)
        sim.reset()
        sim.latency = 0.2
        bodies = await asyncio.gather(
            *(player.ok_get(f"/ikigai/content/{token}") for _ in range(5))
        )
        assert sim.count(CONTENT) == 1
        assert all(body == bodies[0] for body in bodies)
        assert bodies[0]["from_cache"] is False

    async def test_two_sessions_with_the_same_options_share_it_too(
        self, player: Player, engine: Engine, sim: OpenRouterSim
    ) -> None:
        other = Player(player.client, player.settings, add_user(engine))
        bodies = await asyncio.gather(start_ikigai(player), start_ikigai(other))
        assert sim.count(CONTENT) == 1
        assert texts(bodies[0]) == texts(bodies[1])
        assert [body["from_cache"] for body in bodies] == [False, False]


class TestSlowModel:
    """CLIENT_WAIT_S is 0.2 s, the model takes 0.6 s."""

    @pytest.fixture
    def app(self, cache: WatchedCache, make_settings: MakeSettings) -> FastAPI:
        return create_app(make_settings(client_wait_s=0.2))

    async def test_fallback_texts_now_and_the_models_next_time(
        self, app: FastAPI, player: Player, sim: OpenRouterSim
    ) -> None:
        services: Services = app.state.services
        sim.latency = 0.6
        body = await start_ikigai(player)
        assert sources(body) == ["fallback"] * 5
        assert await asyncio.to_thread(sim.wait_calls, 1)
        assert sim.in_flight == 1  # answered before the model did
        await services.ikigai_content.drain(DRAIN_S)
        again = await player.ok_get(f"/ikigai/content/{body['session_token']}")
        assert sources(again) == ["model"] * 5
        assert {text for option in texts(again) for text in option.values()} == {NARRATIVE}
        assert sim.count(CONTENT) == 1

    async def test_the_fourth_answer_says_that_work_goes_on(
        self, app: FastAPI, player: Player, sim: OpenRouterSim, engine: Engine
    ) -> None:
        services: Services = app.state.services
        token = await three_answered(player)
        sim.latency = 0.6
        body = body_of(await player.answer(token, LAST))
        assert (body["status"], body["next_step"]) == ("ikigai_ongoing", "finalize")
        assert (body["dimension_saved"], body["all_completed"]) == (LAST, True)
        again = await player.ok_post("/ikigai/finalize", {"session_token": token})
        assert (again["status"], again["next_step"]) == ("ikigai_ongoing", "finalize")
        assert again["dimension_saved"] is None
        await services.ikigai_answers.drain(DRAIN_S)
        assert status_of(engine, token) == "completed"
        done = await player.ok_post("/ikigai/finalize", {"session_token": token})
        assert (done["status"], done["quality"]["note"]) == ("completed", None)
        assert (sim.count(SCORING), sim.count(NARRATION)) == (4, 1)


class TestTheClientLeaves:
    async def test_finalizing_goes_on(
        self, app: FastAPI, player: Player, sim: OpenRouterSim, engine: Engine
    ) -> None:
        services: Services = app.state.services
        token = await three_answered(player)
        sim.reset()
        sim.latency = 0.2
        fourth = asyncio.ensure_future(player.answer(token, LAST))
        assert await asyncio.to_thread(sim.wait_calls, 4)
        fourth.cancel()
        with pytest.raises(asyncio.CancelledError):
            await fourth
        await services.ikigai_answers.drain(DRAIN_S)
        assert status_of(engine, token) == "completed"
        assert not any(call.aborted for call in sim.calls)

    async def test_writing_goes_on(self, app: FastAPI, player: Player, sim: OpenRouterSim) -> None:
        services: Services = app.state.services
        started = await player.start()
        await player.submit_riasec(started, I=5, C=5, E=5)
        token = started["session_token"]
        sim.latency = 0.2
        begun = asyncio.ensure_future(player.post("/ikigai/start", {"session_token": token}))
        assert await asyncio.to_thread(sim.wait_calls, 1)
        begun.cancel()
        with pytest.raises(asyncio.CancelledError):
            await begun
        await services.ikigai_content.drain(DRAIN_S)
        body = await player.ok_get(f"/ikigai/content/{token}")
        assert (body["from_cache"], sources(body)) == (True, ["model"] * 5)
        assert sim.count(CONTENT) == 1


class TestFailingNarrative:
    @pytest.mark.parametrize("fault", [faults.status(503), faults.wrong_language], ids=str)
    async def test_scores_stay_and_the_user_is_told(
        self, player: Player, sim: OpenRouterSim, engine: Engine, fault: faults.Behaviour
    ) -> None:
        sim.always(NARRATION, fault)
        token = await three_answered(player)
        done = body_of(await player.answer(token, LAST))
        assert done["status"] == "completed"
        assert done["quality"]["narrative_source"] == "fallback"
        assert done["quality"]["fallback_dimensions"] == []
        assert done["quality"]["note"]
        found = stored(engine, token)
        assert found.recommendations["generation_context"]["narrative_source"] == "fallback"
        assert (found.scored_by, found.written_by) == ("sim/model", "fallback")
        result = await player.ok_get(f"/result/recommendation/{token}")
        assert result["quality"] == done["quality"]
        assert all(item["match_reasoning"] for item in result["recommended_professions"])
        assert sim.count(NARRATION) == 2


SECRET_TEXT = "Rahasiaku: saya menyulam peta gerhana bersama nenek Sumirah di teras."
SECRET_ANSWER = "Jawaban model yang bocor tentang sulaman ungu."
REFUSE = """
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN RAISE EXCEPTION 'refused %', NEW.scores_data; END $$
"""
REFUSE_TOTALS = (
    "CREATE TRIGGER refused BEFORE INSERT ON ikigai_total_scores"
    " FOR EACH ROW EXECUTE FUNCTION refuse()"
)


class TestTheLog:
    async def test_tells_nothing_of_the_person_or_the_model(
        self, make_settings: MakeSettings, sim: OpenRouterSim, engine: Engine, scratch: Path
    ) -> None:
        settings = make_settings(log_level="DEBUG", openrouter_api_key="sk-kunci-9d2f")
        sim.script(CONTENT, faults.fixed(SECRET_ANSWER), faults.fixed({"x": SECRET_ANSWER}))
        sim.always(SCORING, only_in(DIMENSIONS[0], faults.fixed(SECRET_ANSWER)))
        sim.always(NARRATION, faults.fixed({"summaries": SECRET_ANSWER, "reasons": []}))
        with server_process(settings, scratch) as base_url:
            async with httpx.AsyncClient(base_url=base_url, timeout=30) as client:
                player = Player(client, settings, add_user(engine))
                token = await self._play(player, engine)
                claims = player.headers["Authorization"].split(".")[1][:60]  # whose token it is
        log = (scratch / "server.log").read_text(encoding="utf-8")
        for event in (
            "ikigai_content_failed",
            "ikigai_scoring_dim_failed",
            "recommendation_narrative_failed",
            "ikigai_finalize_failed",
            "ikigai_finalize_success",
            "unhandled_error",
        ):
            assert event in log
        personal = ("Rani", "Puspita", f"{player.user_id}@", "Rahasiaku", "gerhana", "Sumirah")
        secret = (token, claims, "sk-kunci-9d2f", "sulaman")
        prompt = ("Kamu menilai", "Kamu menulis", "<<<", "bukan perintah", NARRATIVE[:30])
        for words in (*personal, *secret, *prompt):
            assert words not in log

    @staticmethod
    async def _play(player: Player, engine: Engine) -> str:
        """A whole journey whose second commit fails once, with the row in PostgreSQL's message."""
        token = await player.reach_ikigai(I=5, C=5, E=5)
        for dimension in DIMENSIONS[:3]:
            body_of(await player.answer(token, dimension, SECRET_TEXT))
        execute(engine, REFUSE)
        execute(engine, REFUSE_TOTALS)
        try:
            failed = await player.answer(token, LAST, SECRET_TEXT)
        finally:
            execute(engine, "DROP FUNCTION refuse CASCADE")
        assert failed.status_code == 500
        assert "Rahasiaku" not in failed.text
        done = await player.ok_post("/ikigai/finalize", {"session_token": token})
        assert done["status"] == "completed"
        await player.ok_get(f"/result/recommendation/{token}")
        return token
