"""A stored result never changes, whatever is asked of a completed session."""

import pytest
from sqlalchemy import Engine

from tests.support.model_answers import answer_well
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.player import DIMENSIONS, Player
from tests.support.routes import PUBLIC, WITH_LOGIN
from tests.support.rows import rows_of

REMOVING = {"delete_session", "delete_own_data"}  # what they are for
ROUTES = [route for route in (*WITH_LOGIN, *PUBLIC) if route.operation_id not in REMOVING]


@pytest.fixture
async def token(player: Player, sim: OpenRouterSim) -> str:
    """A completed session; afterwards the model judges everything differently."""
    token = await player.reach_ikigai(I=5, C=5, E=5)
    await player.answer_all(token)
    answer_well(sim, lambda _dimension, name: {"k": len(name) % 5 / 4, "s": 0.25, "b": 0.75})
    return token


async def test_every_route_after_completion(player: Player, engine: Engine, token: str) -> None:
    before = rows_of(engine, player.user_id)
    assert {"ikigai_dimension_scores", "ikigai_total_scores", "career_recommendations"} <= (
        before.keys()
    )
    result = await player.ok_get(f"/result/recommendation/{token}")
    for _ in range(2):
        for route in ROUTES:
            await route.send(player.client, player.headers, token)
    after = rows_of(engine, player.user_id)
    for table, rows in before.items():
        assert set(rows) <= set(after[table]), table  # a new start adds rows of its own
    assert await player.ok_get(f"/result/recommendation/{token}") == result


async def test_answers_of_every_kind_after_completion(
    player: Player, engine: Engine, token: str
) -> None:
    before = rows_of(engine, player.user_id)
    content = await player.ok_get(f"/riasec/result/{token}")
    candidate = content["candidates"][0]["profession_id"]
    for dimension in DIMENSIONS:
        for selected in (None, candidate, 999_999_999):
            await player.answer(token, dimension, "Jawaban yang lain sama sekali.", selected)
        await player.answer(token, dimension)
    await player.post("/ikigai/finalize", {"session_token": token})
    assert rows_of(engine, player.user_id) == before
