"""Every code of 6-api.md that exists so far, provoked over the API and looked at whole."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import NoReturn

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from structlog.testing import capture_logs

from app.core.errors import DomainError
from app.main import create_app
from tests.conftest import MakeClient, MakeSettings
from tests.support import rows
from tests.support.busy import busy_connection
from tests.support.player import API, DIMENSIONS, Player, add_user, sheet
from tests.support.problems import assert_for_a_person, assert_problem

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
}
LATER = {  # with idempotency keys and the chat
    "idempotency_in_progress",
    "idempotency_key_reused",
    "model_unavailable",
}


@dataclass
class Stage:
    """A fresh user and the means to put their world into a state."""

    player: Player
    engine: Engine
    app: FastAPI


Scene = Callable[[Stage], Awaitable[httpx.Response]]


async def fit_check_in_ikigai(stage: Stage) -> httpx.Response:
    token = rows.add_fit_check(stage.engine, stage.player.user_id)
    return await stage.player.post("/ikigai/start", {"session_token": token})


async def unknown_target(stage: Stage) -> httpx.Response:
    body = {"persona_type": "BUILDER", "target_profession_id": 2**62}
    return await stage.player.post("/fit-check/start", body)


async def target_without_code(stage: Stage) -> httpx.Response:
    target = rows.add_profession(stage.engine, code=None)
    body = {"persona_type": "BUILDER", "target_profession_id": target}
    return await stage.player.post("/fit-check/start", body)


async def ikigai_before_riasec(stage: Stage) -> httpx.Response:
    started = await stage.player.start()
    return await stage.player.post("/ikigai/start", {"session_token": started["session_token"]})


async def finalize_after_three(stage: Stage) -> httpx.Response:
    token = await stage.player.reach_ikigai()
    for dimension in DIMENSIONS[:3]:
        await stage.player.answer(token, dimension)
    return await stage.player.post("/ikigai/finalize", {"session_token": token})


async def another_sheet(stage: Stage) -> httpx.Response:
    started = await stage.player.start()
    await stage.player.submit_riasec(started, I=5, C=4)
    return await stage.player.post("/riasec/submit", sheet(started, I=5, C=3))


async def another_answer(stage: Stage) -> httpx.Response:
    token = await stage.player.reach_ikigai()
    await stage.player.answer(token, DIMENSIONS[0])
    return await stage.player.answer(token, DIMENSIONS[0], "Ini alasan lain sama sekali.")


async def foreign_profession(stage: Stage) -> httpx.Response:
    token = await stage.player.reach_ikigai()
    return await stage.player.answer(token, DIMENSIONS[0], selected=2**62)


async def one_item_short(stage: Stage) -> httpx.Response:
    body = sheet(await stage.player.start(), I=5)
    body["responses"].pop()
    return await stage.player.post("/riasec/submit", body)


async def wrong_letter(stage: Stage) -> httpx.Response:
    body = sheet(await stage.player.start(), I=5)
    first = body["responses"][0]
    first["question_type"] = "R" if first["question_id"] > 12 else "I"
    return await stage.player.post("/riasec/submit", body)


async def half_a_json(stage: Stage) -> httpx.Response:
    path = f"{API}/recommendation/start"
    headers = {**stage.player.headers, "Content-Type": "application/json"}
    return await stage.player.client.post(path, content=b'{"persona_type":', headers=headers)


async def no_token(stage: Stage) -> httpx.Response:
    return await stage.player.client.get(f"{API}/sessions/abc")


async def admin_role(stage: Stage) -> httpx.Response:
    stage.player.user_id = add_user(stage.engine, role="ADMIN")
    return await stage.player.get("/sessions/abc")


async def absent_session(stage: Stage) -> httpx.Response:
    return await stage.player.get("/sessions/abc")


async def lost_candidates(stage: Stage) -> httpx.Response:
    started = await stage.player.start()
    await stage.player.submit_riasec(started, I=5, C=4)
    rows.delete_child(stage.engine, "ikigai_candidate_professions", started["session_token"])
    return await stage.player.post("/ikigai/start", {"session_token": started["session_token"]})


async def lost_result(stage: Stage) -> httpx.Response:
    token = await stage.player.reach_ikigai()
    await stage.player.answer_all(token)
    rows.delete_child(stage.engine, "career_recommendations", token)
    return await stage.player.get(f"/result/recommendation/{token}")


async def unknown_path(stage: Stage) -> httpx.Response:
    return await stage.player.get("/tidak/ada")


async def wrong_method(stage: Stage) -> httpx.Response:
    return await stage.player.get("/riasec/submit")


async def vanished_candidates(stage: Stage) -> httpx.Response:
    started = await stage.player.start()
    await stage.player.submit_riasec(started, I=5, C=4)
    rows.forget_candidates(stage.engine, started["session_token"])
    return await stage.player.post("/ikigai/start", {"session_token": started["session_token"]})


async def huge_body(stage: Stage) -> httpx.Response:
    return await stage.player.post("/recommendation/start", {"persona_type": "P" * 256 * 1024})


async def unknown_persona(stage: Stage) -> httpx.Response:
    return await stage.player.post("/recommendation/start", {"persona_type": "DREAMER"})


async def all_equal(stage: Stage) -> httpx.Response:
    return await stage.player.post("/riasec/submit", sheet(await stage.player.start(), **ALL_FIVE))


async def a_bug(stage: Stage) -> httpx.Response:
    # Captured, because structlog's own default draws every local variable of the trace.
    with pytest.MonkeyPatch.context() as patch, capture_logs():
        patch.setattr(type(stage.app.state.services.sessions), "progress", _raise)
        return await stage.player.get("/sessions/abc")


def _raise(*_: object) -> NoReturn:
    raise RuntimeError("SELECT reasoning_text FROM ikigai_responses -- line 7")


ALL_FIVE = dict.fromkeys("RIASEC", 5)
SCENES: dict[str, Scene] = {
    "not_recommendation_session": fit_check_in_ikigai,
    "invalid_session_status": ikigai_before_riasec,
    "ikigai_not_completed": finalize_after_three,
    "riasec_already_submitted": another_sheet,
    "dimension_already_answered": another_answer,
    "profession_not_a_candidate": foreign_profession,
    "question_set_mismatch": one_item_short,
    "question_type_mismatch": wrong_letter,
    "malformed_body": half_a_json,
    "not_authenticated": no_token,
    "role_not_allowed": admin_role,
    "session_not_found": absent_session,
    "candidates_not_found": lost_candidates,
    "result_not_found": lost_result,
    "not_found": unknown_path,
    "method_not_allowed": wrong_method,
    "no_candidates": vanished_candidates,
    "profession_not_found": unknown_target,
    "profession_without_code": target_without_code,
    "body_too_large": huge_body,
    "validation_failed": unknown_persona,
    "invalid_profile": all_equal,
    "internal_error": a_bug,
}


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
        assert SCENES.keys() | LATER | elsewhere == STATUS_BY_CODE.keys()
        assert not SCENES.keys() & LATER

    def test_no_other_code_is_invented(self) -> None:
        for error in _all_errors(DomainError):
            assert STATUS_BY_CODE[error.code] == error.status
            assert_for_a_person(error.detail)


def _all_errors(error: type[DomainError]) -> set[type[DomainError]]:
    return {error}.union(*(_all_errors(child) for child in error.__subclasses__()))
