"""POST /recommendation/start: one session for however many taps."""

import asyncio
import itertools
import json
import re
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from app.main import create_app
from tests.conftest import MakeClient, MakeSettings
from tests.support.player import Player, add_user, body_of, letter_of
from tests.support.rows import SESSIONS, counts_of, execute

JUST_STARTED = {SESSIONS: 1, "kenalidiri_history": 1, "riasec_question_sets": 1}


async def start(player: Player, persona: str = "PATHFINDER") -> dict[str, Any]:
    return await player.ok_post("/recommendation/start", {"persona_type": persona})


def column(engine: Engine, user_id: UUID, name: str) -> object:
    statement = text(f"SELECT {name} FROM {SESSIONS} WHERE user_id = :user")
    with engine.connect() as connection:
        return connection.execute(statement, {"user": user_id}).scalar_one()


class TestNewSession:
    async def test_the_answer(self, player: Player, engine: Engine) -> None:
        body = await start(player)
        assert body.keys() >= {
            "session_token", "test_goal", "status", "form", "question_ids", "total_questions",
            "resumed", "message",
        }  # fmt: skip
        assert UUID(body["session_token"]).version == 4
        assert (body["test_goal"], body["status"]) == ("RECOMMENDATION", "riasec_ongoing")
        assert (body["form"], body["total_questions"], body["resumed"]) == ("short", 12, False)
        letters = [letter_of(qid) for qid in body["question_ids"]]
        assert sorted(letters) == sorted("RRIIAASSEECC")
        assert all(a != b for a, b in itertools.pairwise(letters))
        assert counts_of(engine, player.user_id) == JUST_STARTED

    async def test_the_rows(self, player: Player, engine: Engine) -> None:
        body = await start(player)
        statement = text(
            "SELECT s.uses_ikigai, s.algorithm_version, s.question_set_version, s.status,"
            " s.completed_at, q.question_ids, h.status AS history, h.completed_at AS ended,"
            " c.category_code, h.started_at = s.started_at AS same_start"
            f" FROM {SESSIONS} s JOIN riasec_question_sets q ON q.test_session_id = s.id"
            " JOIN kenalidiri_history h ON h.detail_session_id = s.id AND h.user_id = s.user_id"
            " JOIN kenalidiri_categories c ON c.id = h.test_category_id"
            " WHERE s.session_token = :token"
        )
        with engine.connect() as connection:
            row = connection.execute(statement, {"token": body["session_token"]}).one()
        assert (row.uses_ikigai, row.algorithm_version) == (True, "1.0")
        assert (row.question_set_version, row.status) == ("short-1.0", "riasec_ongoing")
        assert (row.history, row.category_code, row.same_start) == (
            "ongoing", "CAREER_PROFILE", True,
        )  # fmt: skip
        assert (row.completed_at, row.ended) == (None, None)
        assert row.question_ids == body["question_ids"]

    @pytest.mark.parametrize("persona", ["builder", "Builder", "BUILDER", "bUILDER"])
    async def test_persona_in_any_case(self, player: Player, engine: Engine, persona: str) -> None:
        await start(player, persona)
        assert column(engine, player.user_id, "persona_type") == "BUILDER"

    async def test_two_users_get_two_draws(self, player: Player, engine: Engine) -> None:
        other = Player(player.client, player.settings, add_user(engine))
        mine, theirs = await start(player), await start(other)
        assert mine["session_token"] != theirs["session_token"]
        assert mine["question_ids"] != theirs["question_ids"]


class TestResumed:
    async def test_two_taps(self, player: Player, engine: Engine) -> None:
        first, second = await start(player), await start(player)
        assert second["resumed"] is True
        assert _same(first, second)
        assert counts_of(engine, player.user_id) == JUST_STARTED

    async def test_the_last_persona_is_kept(self, player: Player, engine: Engine) -> None:
        await start(player, "PATHFINDER")
        await start(player, "ACHIEVER")
        assert column(engine, player.user_id, "persona_type") == "ACHIEVER"

    async def test_twenty_taps_at_once(self, player: Player, engine: Engine) -> None:
        bodies = await asyncio.gather(*(start(player) for _ in range(20)))
        assert sum(not body["resumed"] for body in bodies) == 1
        assert all(_same(bodies[0], body) for body in bodies)
        assert counts_of(engine, player.user_id) == JUST_STARTED

    async def test_not_once_answered(self, player: Player, engine: Engine) -> None:
        first = await start(player)
        await player.submit_riasec(first, I=5, C=4)
        second = await start(player)
        assert second["resumed"] is False
        assert second["session_token"] != first["session_token"]
        assert counts_of(engine, player.user_id)[SESSIONS] == 2
        assert counts_of(engine, player.user_id)["kenalidiri_history"] == 2

    async def test_not_a_fit_check(self, player: Player, engine: Engine) -> None:
        first = await start(player)
        execute(
            engine,
            f"UPDATE {SESSIONS} SET test_goal = 'FIT_CHECK', uses_ikigai = false,"
            " target_profession_id = 1 WHERE session_token = :token",
            token=first["session_token"],
        )
        assert (await start(player))["resumed"] is False

    async def test_not_another_users(self, player: Player, engine: Engine) -> None:
        await start(player)
        other = Player(player.client, player.settings, add_user(engine))
        assert (await start(other))["resumed"] is False

    async def test_keeps_its_form_when_the_setting_changes(
        self,
        player: Player,
        make_settings: MakeSettings,
        make_client: MakeClient,
    ) -> None:
        first = await start(player)
        settings = make_settings(riasec_form="full")
        later = Player(await make_client(create_app(settings)), settings, player.user_id)
        second = await start(later)
        assert second["resumed"] is True
        assert _same(first, second)
        await later.submit_riasec(second, I=5, C=4)
        third = await start(later)
        assert (third["form"], third["total_questions"]) == ("full", 72)
        assert sorted(third["question_ids"]) == list(range(1, 73))


class TestCategory:
    async def test_made_when_missing_and_found_by_its_code(
        self, player: Player, engine: Engine
    ) -> None:
        first = await start(player)
        statement = text("SELECT test_category_id FROM kenalidiri_history WHERE user_id = :user")
        with engine.connect() as connection:
            [category] = connection.scalars(statement, {"user": player.user_id})
            found = connection.scalar(
                text("SELECT id FROM kenalidiri_categories WHERE category_code = 'CAREER_PROFILE'")
            )
        assert category == found
        assert re.fullmatch(r"[0-9a-f-]{36}", first["session_token"])


def _same(first: dict[str, Any], second: dict[str, Any]) -> bool:
    kept = ("session_token", "question_ids", "form", "total_questions", "status", "test_goal")
    return json.dumps([first[k] for k in kept]) == json.dumps([second[k] for k in kept])


class TestProgress:
    async def test_just_started(self, player: Player) -> None:
        token = (await start(player))["session_token"]
        body = body_of(await player.get(f"/sessions/{token}"))
        assert body["next_step"] == "riasec_submit"
        assert body["started_at"].endswith("Z")
        assert body["completed_at"] is None
        assert body["dimensions_completed"] == []
        assert len(body["dimensions_remaining"]) == 4
