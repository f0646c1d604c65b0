"""The caller's own runs, page by page."""

from datetime import datetime

import pytest
from sqlalchemy import Engine

from app.career_profile.sessions.cursor import Position
from app.career_profile.sessions.listing.repository import list_sessions
from tests.support import rows
from tests.support.player import Player, add_user
from tests.support.problems import assert_problem
from tests.support.statements import recorded_statements

PROGRESS = {
    *("session_token", "test_goal", "status", "next_step", "dimensions_completed"),
    *("dimensions_remaining", "started_at", "completed_at"),
}


def add_runs(engine: Engine, player: Player, count: int, *, same_moment: bool = False) -> list[str]:
    """Runs, newest first; their tokens."""
    tokens = [rows.add_fit_check(engine, player.user_id) for _ in range(count)]
    for age, token in enumerate(reversed(tokens)):
        rows.execute(
            engine,
            f"UPDATE {rows.SESSIONS} SET started_at = TIMESTAMPTZ '2026-11-20 08:00:00.123456+00'"
            " - :age * interval '1 second' WHERE session_token = :token",
            age=0 if same_moment else age,
            token=token,
        )
    return tokens[::-1]


async def pages(player: Player, limit: int) -> list[list[str]]:
    """The tokens of every page."""
    found: list[list[str]] = []
    cursor: str | None = ""
    while cursor is not None:
        more = f"&cursor={cursor}" if cursor else ""
        page = await player.ok_get(f"/sessions?limit={limit}{more}")
        found.append([item["session_token"] for item in page["items"]])
        cursor = page["next_cursor"]
    return found


class TestSessionList:
    async def test_nobody_starts_with_runs(self, player: Player) -> None:
        assert await player.ok_get("/sessions") == {"items": [], "next_cursor": None}

    async def test_items_are_progresses(self, player: Player) -> None:
        token = await player.reach_ikigai()
        await player.answer(token, "what_you_love")
        done = await player.start()
        listed = await player.ok_get("/sessions")
        assert [item["session_token"] for item in listed["items"]] == [
            *(done["session_token"], token),
        ]
        for item in listed["items"]:
            assert item.keys() == PROGRESS
            assert item == await player.ok_get(f"/sessions/{item['session_token']}")
        assert listed["items"][1]["dimensions_completed"] == ["what_you_love"]

    @pytest.mark.parametrize("same_moment", [False, True])
    async def test_pages_hold_every_run_once_newest_first(
        self, player: Player, engine: Engine, same_moment: bool
    ) -> None:
        tokens = add_runs(engine, player, 7, same_moment=same_moment)
        found = await pages(player, 3)
        assert [len(page) for page in found] == [3, 3, 1]
        assert [token for page in found for token in page] == tokens

    async def test_the_last_full_page_says_that_it_is_the_last(
        self, player: Player, engine: Engine
    ) -> None:
        add_runs(engine, player, 4)
        assert [len(page) for page in await pages(player, 2)] == [2, 2]

    async def test_a_run_that_begins_meanwhile_moves_nothing(
        self, player: Player, engine: Engine
    ) -> None:
        tokens = add_runs(engine, player, 4)
        first = await player.ok_get("/sessions?limit=2")
        await player.start()
        second = await player.ok_get(f"/sessions?limit=2&cursor={first['next_cursor']}")
        assert [item["session_token"] for item in second["items"]] == tokens[2:]

    async def test_twenty_by_default_and_a_hundred_at_most(
        self, player: Player, engine: Engine
    ) -> None:
        add_runs(engine, player, 101)
        assert len((await player.ok_get("/sessions"))["items"]) == 20
        assert len((await player.ok_get("/sessions?limit=100"))["items"]) == 100

    async def test_only_ones_own(self, player: Player, engine: Engine) -> None:
        other = Player(player.client, player.settings, add_user(engine))
        add_runs(engine, other, 3)
        mine = add_runs(engine, player, 1)
        cursor = (await other.ok_get("/sessions?limit=1"))["next_cursor"]
        assert await pages(player, 5) == [mine]
        assert (await player.ok_get(f"/sessions?cursor={cursor}"))["items"] == []

    @pytest.mark.parametrize(
        "query",
        [
            *("limit=0", "limit=101", "limit=-1", "limit=x", "limit=1.5", "limit="),
            *("cursor=", "cursor=abc", "cursor=%00", "cursor=MS4w", "cursor=%F0%9F%98%80"),
            "cursor=" + "a" * 101,
        ],
    )
    async def test_malformed(self, player: Player, query: str) -> None:
        problem = assert_problem(await player.get(f"/sessions?{query}"), 422, "validation_failed")
        assert problem["errors"][0]["location"] == ["query", query.partition("=")[0]]

    async def test_an_unknown_role(self, player: Player, engine: Engine) -> None:
        player.user_id = add_user(engine, role="ADMIN")
        assert_problem(await player.get("/sessions"), 403, "role_not_allowed")

    def test_one_statement_that_uses_the_index(self, player: Player, engine: Engine) -> None:
        tokens = add_runs(engine, player, 30)
        after = Position(datetime.fromisoformat("2026-11-20T08:00:00Z"), 2**62)
        with recorded_statements(engine) as statements, engine.connect() as connection:
            connection.exec_driver_sql("SET enable_seqscan = off")
            page = list_sessions(connection, player.user_id, after, 5)
            plan = connection.exec_driver_sql(
                "EXPLAIN SELECT id FROM careerprofile_test_sessions WHERE user_id = %s AND"
                " (started_at, id) < (now(), 1) ORDER BY started_at DESC, id DESC LIMIT 5",
                (player.user_id.hex,),
            )
            steps = "\n".join(row[0] for row in plan)
            connection.rollback()
        assert sum("careerprofile_test_sessions" in one for one in statements[1:2]) == 1
        assert [session.session_token for session, _ in page.runs] == tokens[1:6]
        assert "ix_careerprofile_test_sessions_user_id_started_at" in steps
        assert "started_at <=" in steps
