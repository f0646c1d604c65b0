"""For every refusal a scene that provokes it: what a fresh user does, and what happens to them."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import NoReturn
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from structlog.testing import capture_logs

from tests.support import rows
from tests.support.idempotency import held, start
from tests.support.player import API, DIMENSIONS, Player, add_user, sheet


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
    body = {"persona_type": "BUILDER", "target_profession_id": 2**52}
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
    return await stage.player.answer(token, DIMENSIONS[0], selected=2**52)


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


async def while_the_first_runs(stage: Stage) -> httpx.Response:
    async with held(stage.app.state.services.sessions, "start_recommendation") as handler:
        first = asyncio.create_task(start(stage.player, "k"))
        await handler.arrived.acquire()
        refused = await start(stage.player, "k")
        handler.go_on.set()
        await first
    return refused


async def key_of_another_body(stage: Stage) -> httpx.Response:
    await start(stage.player, "k", "BUILDER")
    return await start(stage.player, "k", "ACHIEVER")


async def a_bug(stage: Stage) -> httpx.Response:
    # Captured, because structlog's own default draws every local variable of the trace.
    with pytest.MonkeyPatch.context() as patch, capture_logs():
        patch.setattr(type(stage.app.state.services.sessions), "progress", _raise)
        return await stage.player.get("/sessions/abc")


def _raise(*_: object) -> NoReturn:
    raise RuntimeError("SELECT reasoning_text FROM ikigai_responses -- line 7")


ALL_FIVE = dict.fromkeys("RIASEC", 5)


async def absent_conversation(stage: Stage) -> httpx.Response:
    path = f"/api/chat/conversations/{uuid4()}"
    return await stage.player.client.get(path, headers=stage.player.headers)


async def absent_message(stage: Stage) -> httpx.Response:
    client, headers = stage.player.client, stage.player.headers
    opened = await client.post("/api/chat/conversations", json={}, headers=headers)
    path = f"/api/chat/conversations/{opened.json()['id']}/messages"
    return await client.get(path, params={"before_id": str(uuid4())}, headers=headers)


SCENES: dict[str, Scene] = {
    "conversation_not_found": absent_conversation,
    "message_not_found": absent_message,
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
    "idempotency_in_progress": while_the_first_runs,
    "idempotency_key_reused": key_of_another_body,
    "internal_error": a_bug,
}
