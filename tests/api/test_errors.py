"""Every code of 6-api.md that exists so far, provoked over the API and looked at whole."""

from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from app.core.errors import DomainError
from app.main import create_app
from tests.conftest import MakeClient, MakeSettings
from tests.support.busy import busy_connection
from tests.support.player import Player, add_user
from tests.support.problems import assert_for_a_person, assert_problem
from tests.support.scenes import SCENES, Stage

STATUS_BY_CODE = {
    "not_recommendation_session": 400,
    "invalid_session_status": 400,
    "ikigai_not_completed": 400,
    "riasec_already_submitted": 400,
    "dimension_already_answered": 400,
    "profession_not_a_candidate": 400,
    "question_set_mismatch": 400,
    "question_type_mismatch": 400,
    "malformed_body": 400,
    "not_authenticated": 401,
    "insufficient_tokens": 402,
    "role_not_allowed": 403,
    "membership_required": 403,
    "session_not_found": 404,
    "profession_not_found": 404,
    "candidates_not_found": 404,
    "result_not_found": 404,
    "not_found": 404,
    "method_not_allowed": 405,
    "no_candidates": 409,
    "idempotency_in_progress": 409,
    "body_too_large": 413,
    "validation_failed": 422,
    "invalid_profile": 422,
    "profession_without_code": 422,
    "idempotency_key_reused": 422,
    "rate_limited": 429,
    "internal_error": 500,
    "overloaded": 503,
    "database_unavailable": 503,
    "model_unavailable": 503,
    "unreadable_frame": 400,
    "assessment_not_found": 404,
    "conversation_not_found": 404,
    "message_not_found": 404,
    "conversation_deleted": 409,
    "content_type_unsupported": 422,
    "message_not_regenerable": 422,
    "message_too_long": 422,
    "parent_message_elsewhere": 422,
    "free_model_limit_reached": 429,
    "token_budget_exceeded": 429,
    "archive_unavailable": 503,
}
# Provoked where the chat is tested.
IN_CHAT = {
    *("model_unavailable", "unreadable_frame", "assessment_not_found", "conversation_deleted"),
    *("content_type_unsupported", "message_not_regenerable", "message_too_long"),
    *("parent_message_elsewhere", "free_model_limit_reached", "token_budget_exceeded"),
    "archive_unavailable",
}
CHAT_TESTS = Path(__file__).parents[1] / "chat"


class TestEveryCode:
    @pytest.mark.parametrize("code", SCENES)
    async def test_provoked(self, code: str, player: Player, engine: Engine, app: FastAPI) -> None:
        response = await SCENES[code](Stage(player, engine, app))
        assert_problem(response, STATUS_BY_CODE[code], code)

    async def test_database_unreachable(
        self, make_settings: MakeSettings, make_client: MakeClient, engine: Engine
    ) -> None:
        settings = make_settings(database_url="postgresql://nobody:x@127.0.0.1:1/none")
        client = await make_client(create_app(settings))
        response = await Player(client, settings, add_user(engine)).get("/sessions/abc")
        assert_problem(response, 503, "database_unavailable")

    async def test_all_connections_busy(
        self, make_settings: MakeSettings, make_client: MakeClient, engine: Engine
    ) -> None:
        settings = make_settings(db_pool_size=1, db_threads=1, db_pool_timeout_s=0.1)
        app = create_app(settings)
        player = Player(await make_client(app), settings, add_user(engine))
        async with busy_connection(app.state.health.database):
            response = await player.get("/sessions/abc")
        assert_problem(response, 503, "overloaded")

    async def test_too_often(
        self, make_settings: MakeSettings, make_client: MakeClient, engine: Engine
    ) -> None:
        settings = make_settings(rate_limit_session_progress="1/hour")
        player = Player(await make_client(create_app(settings)), settings, add_user(engine))
        await player.get("/sessions/abc")
        assert_problem(await player.get("/sessions/abc"), 429, "rate_limited")

    @pytest.mark.parametrize(
        ("code", "setting"),
        [
            ("insufficient_tokens", {"recommendation_token_cost": 3}),
            ("membership_required", {"membership_required": True}),
        ],
    )
    async def test_someone_without_wallet_and_membership(
        self,
        code: str,
        setting: dict[str, object],
        make_settings: MakeSettings,
        make_client: MakeClient,
        engine: Engine,
    ) -> None:
        settings = make_settings(**setting)
        player = Player(await make_client(create_app(settings)), settings, add_user(engine))
        response = await player.post("/recommendation/start", {"persona_type": "BUILDER"})
        assert_problem(response, STATUS_BY_CODE[code], code)

    def test_the_table_is_complete(self) -> None:
        elsewhere = {
            "database_unavailable",
            "overloaded",
            "rate_limited",
            "insufficient_tokens",
            "membership_required",
        }
        assert SCENES.keys() | IN_CHAT | elsewhere == STATUS_BY_CODE.keys()
        assert not SCENES.keys() & IN_CHAT

    @pytest.mark.parametrize("code", sorted(IN_CHAT))
    def test_the_chats_own_are_provoked_there(self, code: str) -> None:
        assert any(f'"{code}"' in file.read_text("utf-8") for file in CHAT_TESTS.rglob("test_*.py"))

    def test_no_other_code_is_invented(self) -> None:
        for error in _all_errors(DomainError):
            assert STATUS_BY_CODE[error.code] == error.status
            assert_for_a_person(error.detail)


def _all_errors(error: type[DomainError]) -> set[type[DomainError]]:
    return {error}.union(*(_all_errors(child) for child in error.__subclasses__()))
