"""The personality result over the API, and what happens when the model does not write it."""

import asyncio
import json
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from app.career_profile.ikigai.content import count_sentences
from app.core.latch import Latch
from app.main import create_app
from tests.conftest import MakeClient, MakeSettings
from tests.support import rows, sim_faults
from tests.support.model_answers import ABOUT
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.player import Player, add_user
from tests.support.problems import assert_problem

PURPOSE = "riasec_personality"
FIELDS = {
    *("session_token", "riasec_code", "riasec_title", "top_types", "about_code", "about_source"),
    *("strengths", "challenges", "strategies", "interaction_styles", "work_environments"),
    "indices",
}


async def answered(player: Player, **by_letter: int) -> str:
    """A recommendation run in riasec_completed; the default code is RIA."""
    started = await player.start()
    await player.submit_riasec(started, **(by_letter or {"R": 5, "I": 5, "A": 5}))
    return str(started["session_token"])


async def personality(player: Player, token: str) -> dict[str, Any]:
    return await player.ok_get(f"/result/personality/{token}")


class TestResult:
    async def test_every_field(self, player: Player, sim: OpenRouterSim) -> None:
        token = await answered(player)
        info = (await player.ok_get(f"/riasec/result/{token}"))["riasec_code_info"]
        result = await personality(player, token)
        assert result.keys() == FIELDS
        assert result == {
            "session_token": token,
            "riasec_code": "RIA",
            "riasec_title": "Realistic–Investigative–Artistic",
            "top_types": [
                {"letter": "R", "name": "Realistic"},
                {"letter": "I", "name": "Investigative"},
                {"letter": "A", "name": "Artistic"},
            ],
            "about_code": ABOUT,
            "about_source": "model",
            **{name: info[name] for name in FIELDS & info.keys() if isinstance(info[name], list)},
            "indices": {"consistency": "high", "differentiation": 50.0},
        }

    @pytest.mark.parametrize(
        ("answers", "code", "consistency", "differentiation"),
        [
            ({"I": 5}, "I", None, 100),
            ({"R": 5, "S": 5}, "RS", "low", 50),
            ({"R": 5, "A": 5}, "RA", "medium", 50),
            ({"I": 5, "C": 4}, "I", None, 62.5),
        ],
    )
    async def test_indices(
        self,
        player: Player,
        answers: dict[str, int],
        code: str,
        consistency: str | None,
        differentiation: float,
    ) -> None:
        result = await personality(player, await answered(player, **answers))
        assert result["riasec_code"] == code
        assert result["indices"] == {
            "consistency": consistency,
            "differentiation": differentiation,
        }

    async def test_of_a_fit_check(self, player: Player, engine: Engine) -> None:
        started = await player.start_fit_check(rows.add_profession(engine, code="RIA"))
        await player.submit_riasec(started, R=5, I=5, A=5)
        assert (await personality(player, started["session_token"]))["riasec_code"] == "RIA"

    async def test_before_the_answers(self, player: Player) -> None:
        token = (await player.start())["session_token"]
        response = await player.get(f"/result/personality/{token}")
        assert_problem(response, 400, "invalid_session_status")

    async def test_during_the_ikigai(self, player: Player) -> None:
        assert (await personality(player, await player.reach_ikigai()))["riasec_code"] == "I"

    async def test_of_somebody_else(self, player: Player, engine: Engine) -> None:
        token = await answered(player)
        stranger = Player(player.client, player.settings, add_user(engine))
        response = await stranger.get(f"/result/personality/{token}")
        assert_problem(response, 404, "session_not_found")


class TestTheModel:
    async def test_is_asked_once_per_code(self, player: Player, sim: OpenRouterSim) -> None:
        tokens = [await answered(player), await answered(player)]
        other = await answered(player, S=5)
        found = await asyncio.gather(*(personality(player, token) for token in tokens * 10))
        assert {item["about_code"] for item in found} == {ABOUT}
        assert sim.count(PURPOSE) == 1
        await personality(player, other)
        assert sim.count(PURPOSE) == 2

    async def test_reads_nothing_of_the_person(self, player: Player, sim: OpenRouterSim) -> None:
        await personality(player, await answered(player))
        sent = json.dumps(sim.calls[-1].body)
        for private in ("Rani", "Puspita", str(player.user_id)):
            assert private not in sent

    async def test_is_asked_anew_when_the_texts_were_edited(
        self, player: Player, sim: OpenRouterSim, engine: Engine
    ) -> None:
        token = await answered(player, R=5, C=5, E=5)
        await personality(player, token)
        change = "UPDATE riasec_codes SET strengths = strengths || :more WHERE riasec_code = 'REC'"
        try:
            rows.execute(engine, change, more='["Kamu sabar menunggu giliran."]')
            result = await personality(player, token)
        finally:
            rows.execute(engine, change.replace("|| :more", "- 'Kamu sabar menunggu giliran.'"))
        assert result["strengths"][-1] == "Kamu sabar menunggu giliran."
        assert sim.count(PURPOSE) == 2

    @pytest.mark.parametrize(
        "fault",
        [
            sim_faults.status(503),
            sim_faults.status(402),
            sim_faults.empty_content,
            sim_faults.truncated,
            sim_faults.prose_only,
            sim_faults.reset,
        ],
        ids=lambda fault: fault.name,
    )
    async def test_fails(
        self, player: Player, sim: OpenRouterSim, fault: sim_faults.Behaviour
    ) -> None:
        sim.always(PURPOSE, fault)
        result = await personality(player, await answered(player))
        assert result["about_source"] == "fallback"
        assert result["about_code"].startswith("Kodemu RIA: ")
        assert 4 <= count_sentences(result["about_code"]) <= 6
        assert 1 <= sim.count(PURPOSE) <= 2

    @pytest.mark.parametrize(
        "text", ["Terlalu pendek.", ABOUT.replace("sabar", "calon Data Analyst"), ""]
    )
    async def test_breaks_the_rules(self, player: Player, sim: OpenRouterSim, text: str) -> None:
        sim.answer(PURPOSE, lambda _body: {"about": text})
        result = await personality(player, await answered(player))
        assert result["about_source"] == "fallback"
        assert sim.count(PURPOSE) == 2

    async def test_a_dead_model_is_not_asked_on_every_call(
        self, player: Player, sim: OpenRouterSim, app: FastAPI
    ) -> None:
        now = [0.0]
        app.state.services.personality._failed = Latch(30.0, lambda: now[0])
        first, second = await answered(player), await answered(player, S=5)
        sim.always(PURPOSE, sim_faults.status(503))
        await personality(player, first)
        asked = sim.count(PURPOSE)
        for token in (first, second, first):
            assert (await personality(player, token))["about_source"] == "fallback"
        assert sim.count(PURPOSE) == asked
        sim.reset()
        now[0] = 30.0
        for token in (first, second):
            assert (await personality(player, token))["about_source"] == "model"

    async def test_a_bad_text_rests_its_own_code_only(
        self, player: Player, sim: OpenRouterSim
    ) -> None:
        first, second = await answered(player), await answered(player, S=5)
        sim.answer(PURPOSE, lambda _body: {"about": "Pendek."})
        await personality(player, first)
        sim.answer(PURPOSE, lambda _body: {"about": ABOUT})
        assert (await personality(player, second))["about_source"] == "model"
        assert (await personality(player, first))["about_source"] == "fallback"

    async def test_is_slow_the_client_does_not_wait_and_the_next_call_has_it(
        self,
        make_settings: MakeSettings,
        make_client: MakeClient,
        sim: OpenRouterSim,
        engine: Engine,
    ) -> None:
        settings = make_settings(client_wait_s=0.05)
        app = create_app(settings)
        player = Player(await make_client(app), settings, add_user(engine))
        token = await answered(player)
        sim.latency = 0.3
        assert (await personality(player, token))["about_source"] == "fallback"
        await app.state.services.personality.drain(5.0)
        result = await personality(player, token)
        assert (result["about_source"], result["about_code"]) == ("model", ABOUT)
        assert sim.count(PURPOSE) == 1

    async def test_offline(
        self, make_settings: MakeSettings, make_client: MakeClient, engine: Engine
    ) -> None:
        """The offline model is a model: it says so as it does for the options' content."""
        settings = make_settings(openrouter_api_key=None)
        player = Player(await make_client(create_app(settings)), settings, add_user(engine))
        result = await personality(player, await answered(player))
        assert result["about_source"] == "model"
        assert result["about_code"].startswith("Kodemu RIA: ")
