"""POST /ikigai/start and GET /ikigai/content: begun once, written once, told from where."""

import asyncio
import json
from typing import Any

import pytest
from sqlalchemy import Engine

from app.core.cache import Cache, MemoryCache
from tests.support import rows
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.player import DIMENSIONS, Player
from tests.support.problems import assert_problem
from tests.support.rows import counts_of, rows_of, status_of

CONTENT = "ikigai_content"


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch) -> Cache:
    """The cache of the application that this test gets."""
    found = MemoryCache()
    monkeypatch.setattr("app.main.make_cache", lambda *_: found)
    return found


async def submitted(player: Player) -> str:
    """A session in riasec_completed."""
    started = await player.start()
    await player.submit_riasec(started, I=5, C=4)
    return str(started["session_token"])


async def start(player: Player, token: str) -> dict[str, Any]:
    return await player.ok_post("/ikigai/start", {"session_token": token})


class TestStart:
    async def test_begins_the_stage(self, player: Player, engine: Engine) -> None:
        token = await submitted(player)
        body = await start(player, token)
        assert (body["status"], body["session_token"]) == ("ikigai_ongoing", token)
        assert (body["from_cache"], body["regenerated"]) == (False, True)
        options = body["candidates_with_content"]
        assert body["total_display_candidates"] == len(options) == 5
        assert [option["display_order"] for option in options] == [1, 2, 3, 4, 5]
        for option in options:
            assert option["dimension_content"].keys() == set(DIMENSIONS)
            assert option["content_source"] == "model"
        assert status_of(engine, token) == "ikigai_ongoing"
        [row] = rows_of(engine, player.user_id)["ikigai_responses"]
        assert ",,,,f," in row  # no dimension, not completed

    async def test_again_changes_nothing(
        self, player: Player, engine: Engine, sim: OpenRouterSim
    ) -> None:
        token = await submitted(player)
        first = await start(player, token)
        stored = rows_of(engine, player.user_id)
        second = await start(player, token)
        assert second == {**first, "from_cache": True, "regenerated": False}
        assert rows_of(engine, player.user_id) == stored
        assert sim.count(CONTENT) == 1

    async def test_ten_times_at_once(
        self, player: Player, engine: Engine, sim: OpenRouterSim
    ) -> None:
        token = await submitted(player)
        bodies = await asyncio.gather(*(start(player, token) for _ in range(10)))
        texts = {json.dumps(body["candidates_with_content"]) for body in bodies}
        assert len(texts) == 1
        assert sim.count(CONTENT) == 1
        assert counts_of(engine, player.user_id)["ikigai_responses"] == 1

    async def test_keeps_the_answers_given_meanwhile(self, player: Player, engine: Engine) -> None:
        token = await submitted(player)
        await start(player, token)
        await player.answer(token, DIMENSIONS[0])
        stored = rows_of(engine, player.user_id)
        await start(player, token)
        assert rows_of(engine, player.user_id) == stored

    async def test_with_an_answer_row_from_before(self, player: Player, engine: Engine) -> None:
        """As an adopted session may have one: what it holds is kept."""
        token = await player.reach_ikigai()
        await player.answer(token, DIMENSIONS[0])
        rows.execute(
            engine,
            f"UPDATE {rows.SESSIONS} SET status = 'riasec_completed' WHERE session_token = :token",
            token=token,
        )
        stored = rows_of(engine, player.user_id)["ikigai_responses"]
        await start(player, token)
        assert status_of(engine, token) == "ikigai_ongoing"
        assert rows_of(engine, player.user_id)["ikigai_responses"] == stored

    async def test_a_lost_answer_row_is_made_again(self, player: Player, engine: Engine) -> None:
        """Go may delete a child row at any moment."""
        token = await player.reach_ikigai()
        rows.execute(
            engine,
            f"DELETE FROM ikigai_responses t USING {rows.SESSIONS} s"
            " WHERE s.id = t.test_session_id AND s.session_token = :token",
            token=token,
        )
        await start(player, token)
        assert (await player.answer_all(token))["status"] == "completed"

    @pytest.mark.parametrize("stage", ["riasec_ongoing", "completed"])
    async def test_in_the_wrong_state(self, player: Player, engine: Engine, stage: str) -> None:
        if stage == "completed":
            token = await player.reach_ikigai()
            await player.answer_all(token)
        else:
            token = (await player.start())["session_token"]
        stored = rows_of(engine, player.user_id)
        response = await player.post("/ikigai/start", {"session_token": token})
        assert_problem(response, 400, "invalid_session_status")
        assert rows_of(engine, player.user_id) == stored


class TestContent:
    async def test_from_the_cache(self, player: Player) -> None:
        token = await submitted(player)
        first = await start(player, token)
        again = await player.ok_get(f"/ikigai/content/{token}")
        assert again == {**first, "from_cache": True, "regenerated": False}

    @pytest.mark.parametrize(
        "value", ["", "bukan JSON", "{}", "null", '{"session_token": 7}', "[]", '"\\ud800"']
    )
    async def test_a_value_that_does_not_parse(
        self, player: Player, cache: Cache, sim: OpenRouterSim, value: str
    ) -> None:
        token = await player.reach_ikigai()
        key = f"ikigai_content:{token}"
        await cache.set(key, value, 7200)
        missed = await player.ok_get(f"/ikigai/content/{token}")
        assert (missed["from_cache"], missed["regenerated"]) == (False, True)
        assert json.loads(await cache.get(key) or "")["session_token"] == token
        hit = await player.ok_get(f"/ikigai/content/{token}")
        assert (hit["from_cache"], hit["regenerated"]) == (True, False)
        assert hit["generated_at"] == missed["generated_at"]

    async def test_a_miss_writes_no_row(self, player: Player, engine: Engine, cache: Cache) -> None:
        token = await player.reach_ikigai()
        stored = rows_of(engine, player.user_id)
        await cache.delete(f"ikigai_content:{token}")
        assert (await player.ok_get(f"/ikigai/content/{token}"))["regenerated"] is True
        assert rows_of(engine, player.user_id) == stored

    @pytest.mark.parametrize("stage", ["riasec_ongoing", "riasec_completed", "completed"])
    async def test_in_the_wrong_state(self, player: Player, stage: str) -> None:
        if stage == "completed":
            token = await player.reach_ikigai()
            await player.answer_all(token)
        else:
            started = await player.start()
            token = started["session_token"]
            if stage == "riasec_completed":
                await player.submit_riasec(started, I=5, C=4)
        response = await player.get(f"/ikigai/content/{token}")
        assert_problem(response, 400, "invalid_session_status")

    async def test_of_a_fit_check(self, player: Player, engine: Engine) -> None:
        token = rows.add_fit_check(engine, player.user_id, "completed")
        for path in (
            f"/ikigai/content/{token}", f"/ikigai/result/{token}", f"/result/recommendation/{token}"
        ):  # fmt: skip
            assert_problem(await player.get(path), 400, "not_recommendation_session")


class TestVanishedFromTheCatalogue:
    async def test_one_option_is_left_out(
        self, player: Player, engine: Engine, cache: Cache
    ) -> None:
        token = await submitted(player)
        rows.execute(
            engine,
            "UPDATE ikigai_candidate_professions t SET candidates_data = jsonb_set("
            "candidates_data, '{candidates,1,profession_id}', '4000000000') FROM"
            f" {rows.SESSIONS} s WHERE s.id = t.test_session_id AND s.session_token = :token",
            token=token,
        )
        body = await start(player, token)
        orders = [option["display_order"] for option in body["candidates_with_content"]]
        assert orders == [1, 3, 4, 5]
        assert body["total_display_candidates"] == 4

    async def test_all_of_them(self, player: Player, engine: Engine, sim: OpenRouterSim) -> None:
        token = await submitted(player)
        rows.forget_candidates(engine, token)
        response = await player.post("/ikigai/start", {"session_token": token})
        assert_problem(response, 409, "no_candidates")
        assert_problem(await player.get(f"/ikigai/content/{token}"), 409, "no_candidates")
        assert sim.count() == 0

    async def test_all_of_them_before_the_fourth_answer(
        self, player: Player, engine: Engine
    ) -> None:
        token = await player.reach_ikigai()
        for dimension in DIMENSIONS[:3]:
            await player.answer(token, dimension)
        rows.forget_candidates(engine, token)
        assert_problem(await player.answer(token, DIMENSIONS[3]), 409, "no_candidates")
        found = counts_of(engine, player.user_id)
        assert "ikigai_dimension_scores" not in found
        assert status_of(engine, token) == "ikigai_ongoing"
