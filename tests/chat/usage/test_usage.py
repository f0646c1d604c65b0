"""What a person has used, by month, year and conversation."""

from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, text

from app.chat.usage.periods import month_of, year_of
from app.core.settings import Settings
from app.main import create_app
from tests.chat.chatter import Chatter, counts, say, use
from tests.support.problems import assert_problem

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    return create_app(settings, clock=lambda: NOW)


async def spend(chatter: Chatter, engine: Engine) -> str:
    """A conversation with answers of two models in two months of one year and in another year."""
    talk = await chatter.create()
    for turn, (model, tokens, cost, at) in enumerate(
        (
            ("paid/model", (100, 40), "0.001500", "2026-11-01T00:00:00Z"),
            ("paid/model", (10, 5), "0.000250", "2026-11-30T23:59:59Z"),
            ("sim/model:free", (7, 3), "0", "2026-11-20T08:00:00Z"),
            ("paid/model", (1, 1), "0.000001", "2026-12-01T00:00:00Z"),
            ("paid/model", (2, 2), "0.000002", "2025-12-31T23:59:59Z"),
        ),
        start=1,
    ):
        answer = say(engine, talk, turn, 1)
        use(engine, answer, model, tokens, cost=cost, at=at)
        with engine.begin() as connection:
            connection.execute(
                text("UPDATE chat.messages SET created_at = :at WHERE id = :id"),
                {"at": at, "id": answer},
            )
    return talk


class TestSummary:
    async def test_of_this_month(self, chatter: Chatter, engine: Engine) -> None:
        await spend(chatter, engine)
        found = await chatter.ok("GET", "/usage/summary")
        assert found == {
            "total_tokens": 165,
            "total_cost": 0.00175,
            "conversations_count": 1,
            "messages_count": 3,
            "model_usage": {
                "paid/model": {
                    "answers": 2,
                    "prompt_tokens": 110,
                    "completion_tokens": 45,
                    "total_tokens": 155,
                    "cost": 0.00175,
                },
                "sim/model:free": {
                    "answers": 1,
                    "prompt_tokens": 7,
                    "completion_tokens": 3,
                    "total_tokens": 10,
                    "cost": 0,
                },
            },
        }

    @pytest.mark.parametrize(
        ("params", "tokens"),
        [
            ({"month": 12}, 2),
            ({"month": 10}, 0),
            ({"period": "year"}, 167),
            ({"period": "year", "year": 2025}, 4),
            ({"period": "month", "year": 2025, "month": 12}, 4),
        ],
        ids=str,
    )
    async def test_of_another_time(
        self, chatter: Chatter, engine: Engine, params: dict[str, Any], tokens: int
    ) -> None:
        await spend(chatter, engine)
        assert (await chatter.ok("GET", "/usage/summary", **params))["total_tokens"] == tokens

    async def test_what_was_deleted_was_paid(self, chatter: Chatter, engine: Engine) -> None:
        talk = await spend(chatter, engine)
        await chatter.ok("DELETE", f"/conversations/{talk}")
        assert (await chatter.ok("GET", "/usage/summary"))["total_tokens"] == 165

    async def test_of_nobody_else(
        self, chatter: Chatter, stranger: Chatter, engine: Engine
    ) -> None:
        await spend(chatter, engine)
        found = await stranger.ok("GET", "/usage/summary")
        assert (found["total_tokens"], found["messages_count"], found["model_usage"]) == (0, 0, {})

    @pytest.mark.parametrize(
        "params", [{"period": "week"}, {"year": 1999}, {"month": 13}, {"month": 0}], ids=str
    )
    async def test_what_is_refused(self, chatter: Chatter, params: dict[str, Any]) -> None:
        response = await chatter.send("GET", "/usage/summary", None, **params)
        assert_problem(response, 422, "validation_failed")

    def test_spans(self) -> None:
        assert month_of(2026, 12) == (
            datetime(2026, 12, 1, tzinfo=UTC),
            datetime(2027, 1, 1, tzinfo=UTC),
        )
        assert month_of(2026, 1)[1] == datetime(2026, 2, 1, tzinfo=UTC)
        assert year_of(2026)[1] == datetime(2027, 1, 1, tzinfo=UTC)


class TestOfAConversation:
    async def test_by_answer_and_by_model(self, chatter: Chatter, engine: Engine) -> None:
        talk = await spend(chatter, engine)
        found = await chatter.ok("GET", f"/conversations/{talk}/usage")
        assert found["total_tokens"] == 171
        assert found["total_cost"] == 0.001753
        assert found["model_usage"]["paid/model"]["answers"] == 4
        newest = found["cost_breakdown"][0]
        assert newest.keys() == {
            *("message_id", "model", "prompt_tokens", "completion_tokens", "total_tokens"),
            *("cost", "is_free_model", "processing_time_ms", "created_at"),
        }
        assert (newest["created_at"], newest["cost"]) == ("2026-12-01T00:00:00Z", 0.000001)
        assert len(found["cost_breakdown"]) == 5

    async def test_nothing_yet(self, chatter: Chatter) -> None:
        found = await chatter.ok("GET", f"/conversations/{await chatter.create()}/usage")
        assert found == {
            "total_tokens": 0,
            "total_cost": 0,
            "cost_breakdown": [],
            "model_usage": {},
        }


class TestErase:
    async def test_leaves_the_log_of_it_and_nothing_else(
        self, chatter: Chatter, stranger: Chatter, engine: Engine
    ) -> None:
        await spend(chatter, engine)
        await spend(stranger, engine)
        theirs = counts(engine, stranger.user_id)
        with engine.begin() as connection:
            connection.execute(
                text(
                    "INSERT INTO chat.notifications (user_id, stage, payload)"
                    " VALUES (:u, 'x', '{}')"
                ),
                {"u": chatter.user_id},
            )
        assert await chatter.ok("DELETE", "/me") == {"deleted": 1}
        assert counts(engine, chatter.user_id) == {
            "conversations": 0,
            "messages": 0,
            "usage_tracking": 0,
            "notifications": 0,
            "audit_log": 2,
        }
        assert counts(engine, stranger.user_id) == theirs
        assert await chatter.ok("DELETE", "/me") == {"deleted": 0}
