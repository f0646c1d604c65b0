"""One's own data: taken along, and deleted."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, text

from tests.support import rows
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.player import DIMENSIONS, Player, add_user, answer
from tests.support.problems import assert_problem
from tests.support.sim_faults import Behaviour, good
from tests.support.sim_http import Exchange

SECRET_STORY = "Waktu kecil aku suka membongkar radio kakek di teras rumah."


async def complete(player: Player) -> str:
    token = await player.reach_ikigai()
    for dimension in DIMENSIONS:
        response = await player.answer(token, dimension, SECRET_STORY)
        assert response.status_code == 200
    return token


async def check_fit(player: Player, engine: Engine) -> str:
    started = await player.start_fit_check(rows.add_profession(engine, code="RIA"))
    await player.submit_riasec(started, R=5, I=5, A=5)
    return str(started["session_token"])


def document(engine: Engine, token: str, table: str, column: str) -> object:
    statement = (
        f"SELECT t.{column} FROM {table} t JOIN {rows.SESSIONS} s ON s.id = t.test_session_id"
        " WHERE s.session_token = :token"
    )
    with engine.connect() as connection:
        return connection.scalar(text(statement), {"token": token})


class TestExport:
    async def test_without_runs(self, player: Player) -> None:
        assert await player.ok_get("/me/export") == {"items": []}

    async def test_every_stored_document(self, player: Player, engine: Engine) -> None:
        token = await complete(player)
        (run,) = (await player.ok_get("/me/export"))["items"]
        for name, table, column in (
            ("question_ids", "riasec_question_sets", "question_ids"),
            ("riasec_responses", "riasec_responses", "responses_data"),
            ("candidates", "ikigai_candidate_professions", "candidates_data"),
            ("ikigai_dimension_scores", "ikigai_dimension_scores", "scores_data"),
            ("ikigai_total_scores", "ikigai_total_scores", "scores_data"),
            ("recommendation", "career_recommendations", "recommendations_data"),
        ):
            stored = document(engine, token, table, column)
            assert stored
            assert run[name] == stored
        assert list(run["ikigai_answers"]) == list(DIMENSIONS)
        for given in run["ikigai_answers"].values():
            assert given["reasoning_text"] == SECRET_STORY
        assert run["riasec_result"]["riasec_code"] == "I"
        assert run["riasec_result"]["scores"] == {"R": 4, "I": 10, "A": 2, "S": 2, "E": 8, "C": 8}
        assert (run["session_token"], run["status"]) == (token, "completed")
        assert run["fit_check_result"] is None

    async def test_newest_first_with_stages_that_were_not_reached(
        self, player: Player, engine: Engine
    ) -> None:
        fit = await check_fit(player, engine)
        started = await player.start()
        newest, oldest = (await player.ok_get("/me/export"))["items"]
        assert (newest["session_token"], oldest["session_token"]) == (
            *(started["session_token"], fit),
        )
        assert oldest["fit_check_result"]["match_category"] == "HIGH"
        assert oldest["fit_check_result"]["profession_code"] == "RIA"
        assert oldest["fit_check_result"]["match_score"] == 1
        assert oldest["candidates"] is None
        assert newest["riasec_result"] is newest["ikigai_answers"] is None
        assert newest["persona_type"] == "PATHFINDER"

    async def test_of_a_document_that_another_version_wrote(
        self, player: Player, engine: Engine
    ) -> None:
        await complete(player)
        rows.execute(
            engine,
            "UPDATE career_recommendations t SET recommendations_data = '{\"lama\": 1}'"
            f" FROM {rows.SESSIONS} s WHERE s.id = t.test_session_id AND s.user_id = :user",
            user=player.user_id,
        )
        (run,) = (await player.ok_get("/me/export"))["items"]
        assert run["recommendation"] == {"lama": 1}

    async def test_holds_nothing_of_others(self, player: Player, engine: Engine) -> None:
        token = await complete(player)
        stranger = Player(player.client, player.settings, add_user(engine))
        await stranger.start()
        export = json.dumps(await stranger.ok_get("/me/export"))
        assert SECRET_STORY not in export
        assert token not in export


class TestDeleteSession:
    async def test_nothing_is_left_but_the_other_run(self, player: Player, engine: Engine) -> None:
        kept = await check_fit(player, engine)
        before = rows.rows_of(engine, player.user_id)
        token = await complete(player)
        response = await player.delete(f"/sessions/{token}")
        assert (response.status_code, response.json()) == (200, {"deleted": 1})
        assert rows.rows_of(engine, player.user_id) == before
        assert_problem(await player.get(f"/sessions/{token}"), 404, "session_not_found")
        assert (await player.ok_get(f"/sessions/{kept}"))["status"] == "completed"

    async def test_the_cached_content_goes(
        self, player: Player, app: FastAPI, engine: Engine
    ) -> None:
        token = await player.reach_ikigai()
        cache = app.state.services.own_data._cache
        assert await cache.get(f"ikigai_content:{token}") is not None
        await player.delete(f"/sessions/{token}")
        assert await cache.get(f"ikigai_content:{token}") is None

    async def test_twice(self, player: Player) -> None:
        path = f"/sessions/{(await player.start())['session_token']}"
        assert (await player.delete(path)).status_code == 200
        assert_problem(await player.delete(path), 404, "session_not_found")

    async def test_of_somebody_else(self, player: Player, engine: Engine) -> None:
        token = (await player.start())["session_token"]
        stranger = Player(player.client, player.settings, add_user(engine))
        before = rows.rows_of(engine, player.user_id)
        response = await stranger.delete(f"/sessions/{token}")
        assert_problem(response, 404, "session_not_found")
        assert rows.rows_of(engine, player.user_id) == before


class TestDeleteAll:
    async def test_every_run_and_nothing_else(self, player: Player, engine: Engine) -> None:
        neighbour = Player(player.client, player.settings, add_user(engine))
        await complete(neighbour)
        untouched = rows.rows_of(engine, neighbour.user_id)
        with money(engine, player):
            tokens = [await complete(player), await check_fit(player, engine)]
            rows.delete_session(engine, tokens[1])  # as Go does: its line in the history stays
            await player.start()
            response = await player.delete("/me")
            assert (response.status_code, response.json()) == (200, {"deleted": 2})
            assert rows.counts_of(engine, player.user_id) == {}
            assert balance(engine, player) == (41, 1)
        assert rows.rows_of(engine, neighbour.user_id) == untouched

    async def test_other_categories_of_the_history_stay(
        self, player: Player, engine: Engine
    ) -> None:
        rows.execute(
            engine,
            "WITH category AS (INSERT INTO kenalidiri_categories (category_code, category_name,"
            " detail_table_name) VALUES (:code, 'Lain', 'lain') RETURNING id)"
            " INSERT INTO kenalidiri_history (user_id, test_category_id, detail_session_id, status)"
            " SELECT :user, id, 1, 'completed' FROM category",
            code=f"LAIN-{player.user_id}",
            user=player.user_id,
        )
        await player.start()
        await player.delete("/me")
        assert rows.counts_of(engine, player.user_id) == {"kenalidiri_history": 1}

    async def test_without_runs(self, player: Player) -> None:
        assert (await player.delete("/me")).json() == {"deleted": 0}

    async def test_one_can_start_again(self, player: Player) -> None:
        await player.start()
        await player.delete("/me")
        assert (await player.start())["resumed"] is False


class TestDeletedWhileTheModelWorks:
    @pytest.mark.parametrize("purpose", ["ikigai_scoring", "recommendation_narrative"])
    async def test_a_quiet_end_and_no_half_rows(
        self, player: Player, engine: Engine, sim: OpenRouterSim, purpose: str
    ) -> None:
        token = await player.reach_ikigai()
        for dimension in DIMENSIONS[:3]:
            await player.answer(token, dimension)
        release = asyncio.Event()
        sim.reset()
        sim.always(purpose, gated(release, asyncio.get_running_loop()))
        body = answer(token, DIMENSIONS[3])
        fourth = asyncio.ensure_future(player.post("/ikigai/submit-dimension", body))
        arrived = {"ikigai_scoring": 4, "recommendation_narrative": 5}[purpose]
        assert await asyncio.to_thread(sim.wait_calls, arrived, 5.0)
        deleted = await player.delete(f"/sessions/{token}")
        release.set()
        assert deleted.json() == {"deleted": 1}
        assert_problem(await fourth, 404, "session_not_found")
        assert rows.counts_of(engine, player.user_id) == {}


def gated(release: asyncio.Event, loop: asyncio.AbstractEventLoop) -> Behaviour:
    """Answers well, but only after the release, which belongs to the test's own loop."""

    async def play(exchange: Exchange) -> None:
        waiting = asyncio.run_coroutine_threadsafe(release.wait(), loop)
        await asyncio.wrap_future(waiting)
        await good.play(exchange)

    return Behaviour("gated", play)


@contextmanager
def money(engine: Engine, player: Player) -> Iterator[None]:
    """A wallet with a ledger row, as Go keeps them."""
    rows.execute(
        engine,
        "WITH wallet AS (INSERT INTO token_wallet (user_id, balance) VALUES (:user, 41)"
        " RETURNING id) INSERT INTO token_ledger (wallet_id, direction, amount, balance_before,"
        " balance_after) SELECT id, 'OUT', 3, 44, 41 FROM wallet",
        user=player.user_id,
    )
    yield


def balance(engine: Engine, player: Player) -> tuple[int, int]:
    """Balance, and number of ledger rows."""
    statement = (
        "SELECT w.balance, (SELECT count(*) FROM token_ledger l WHERE l.wallet_id = w.id)"
        " FROM token_wallet w WHERE w.user_id = :user"
    )
    with engine.connect() as connection:
        row = connection.execute(text(statement), {"user": player.user_id}).one()
    return int(row[0]), int(row[1])
