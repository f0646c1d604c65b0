"""A person who writes of self-harm: the text stays here, the answer is warm, the run goes on."""

import json

import pytest
from sqlalchemy import Engine, text

from app.core import metrics
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.player import DIMENSIONS, Player, body_of

DISTRESS = "Jujur saja aku ingin mati, semuanya terasa berat sekali tahun ini."
LOVE, GOOD_AT, WORLD_NEEDS, PAID_FOR = DIMENSIONS


async def test_the_text_never_reaches_the_model(player: Player, sim: OpenRouterSim) -> None:
    token = await player.reach_ikigai()
    answered = body_of(await player.answer(token, LOVE, DISTRESS))
    assert "119 ext. 8" in answered["support"]
    for dimension in (GOOD_AT, WORLD_NEEDS):
        assert body_of(await player.answer(token, dimension))["support"] is None
    done = body_of(await player.answer(token, PAID_FOR))
    assert done["status"] == "completed"
    assert "119 ext. 8" in done["support"]
    sent = "".join(json.dumps(call.body, ensure_ascii=False) for call in sim.calls)
    assert "ingin mati" not in sent
    assert sim.count("ikigai_scoring") == 3


async def test_it_scores_neutrally_and_a_click_counts_half(player: Player, engine: Engine) -> None:
    token = await player.reach_ikigai()
    content = await player.ok_get(f"/ikigai/content/{token}")
    clicked = content["candidates_with_content"][0]["profession_id"]
    body_of(await player.answer(token, LOVE, DISTRESS, selected=clicked))
    for dimension in DIMENSIONS[1:]:
        body_of(await player.answer(token, dimension))
    with engine.connect() as connection:
        stored = connection.scalar(
            text(
                "SELECT d.scores_data FROM ikigai_dimension_scores d"
                " JOIN careerprofile_test_sessions s ON s.id = d.test_session_id"
                " WHERE s.session_token = :token"
            ),
            {"token": token},
        )
    metadata = stored["metadata"]
    assert metadata["low_evidence"] == [LOVE]
    assert metadata["failed_dimensions"] == []
    assert metadata["models"][LOVE] is None
    assert stored["normalization_params"][LOVE] == {
        "r_min": 0.5,
        "r_max": 0.5,
        "professions_evaluated": 0,
    }
    for entry in stored["dimension_scores"][LOVE]:
        assert (entry["r_raw"], entry["r_normalized"], entry["text_score"]) == (0.5, 0.5, 7.5)
        assert entry["click_score"] == (5.0 if entry["profession_id"] == clicked else 0.0)


async def test_the_summary_is_composed_without_quoting_it(player: Player) -> None:
    token = await player.reach_ikigai()
    body_of(await player.answer(token, LOVE, DISTRESS))
    for dimension in DIMENSIONS[1:]:
        body_of(await player.answer(token, dimension))
    result = await player.ok_get(f"/result/recommendation/{token}")
    summary = result["ikigai_profile_summary"][LOVE]
    assert summary
    assert "mati" not in summary
    assert "berat" not in summary
    assert result["quality"]["low_evidence_dimensions"] == [LOVE]
    assert result["quality"]["note"] is None


async def test_nothing_of_it_is_logged(player: Player, capfd: pytest.CaptureFixture[str]) -> None:
    token = await player.reach_ikigai()
    body_of(await player.answer(token, LOVE, DISTRESS))
    captured = capfd.readouterr()
    assert "ingin mati" not in captured.out + captured.err


async def test_it_is_counted(player: Player) -> None:
    token = await player.reach_ikigai()
    before = metrics.REGISTRY.get_sample_value("withheld_texts_total")
    body_of(await player.answer(token, LOVE, DISTRESS))
    body_of(await player.answer(token, GOOD_AT))
    after = metrics.REGISTRY.get_sample_value("withheld_texts_total")
    assert (before, after) == (before, (before or 0) + 1)
