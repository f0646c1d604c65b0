"""The offline model: the port without a network, honest about itself."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, text
from structlog.testing import capture_logs

from app.llm.offline import OFFLINE_MODEL, OfflineModel
from app.llm.port import CompletionRequest, Deadline, ModelBadOutput, Purpose
from app.main import create_app
from tests.conftest import MakeClient, MakeSettings
from tests.support.openrouter_sim import OpenRouterSim
from tests.support.player import Player, add_user


def a_request(read: Callable[[object], Any], facts: object = 3) -> CompletionRequest[Any]:
    return CompletionRequest(
        purpose=Purpose.SCORING,
        messages=(),
        schema={},
        read=read,
        facts=facts,
        deadline=Deadline.after(1),
        attempt_timeout_s=1,
        temperature=0,
        max_tokens=1,
    )


def refuse(_: object) -> Any:
    raise ValueError("breaks the rules")


class TestOfflineModel:
    async def test_answers_by_the_rule_of_the_purpose(self) -> None:
        model = OfflineModel({Purpose.SCORING: lambda n: n * 2, Purpose.CONTENT: lambda n: n})
        found = await model.complete(a_request(lambda answer: f"read {answer}"))
        assert (found.value, found.model, found.attempts) == ("read 6", "offline-1", 0)
        assert found.usage.cost == 0

    async def test_is_held_to_the_same_rules(self) -> None:
        with pytest.raises(ModelBadOutput) as caught:
            await OfflineModel({Purpose.SCORING: lambda n: n}).complete(a_request(refuse))
        assert caught.value.attempts == 0


@pytest.fixture
def offline(make_settings: MakeSettings) -> FastAPI:
    with capture_logs() as events:
        app = create_app(make_settings(openrouter_api_key=None))
    assert [event["event"] for event in events].count("offline_model") == 1
    return app


class TestJourneyWithoutNetwork:
    async def test_completes_and_names_the_offline_model(
        self,
        offline: FastAPI,
        make_client: MakeClient,
        make_settings: MakeSettings,
        engine: Engine,
        sim: OpenRouterSim,
    ) -> None:
        client = await make_client(offline)
        player = Player(client, make_settings(), add_user(engine))
        token = await player.reach_ikigai()
        options = (await player.ok_get(f"/ikigai/content/{token}"))["candidates_with_content"]
        assert {option["content_source"] for option in options} == {"model"}
        done = await player.answer_all(token)
        assert done["status"] == "completed"
        assert done["quality"]["fallback_dimensions"] == []
        assert done["quality"]["narrative_source"] == "model"
        assert sim.count() == 0
        with engine.connect() as connection:
            scores, recommendation = connection.execute(
                text(
                    "SELECT (d.ai_model_used, d.total_api_calls)::text, r.ai_model_used"
                    " FROM careerprofile_test_sessions s"
                    " JOIN ikigai_dimension_scores d ON d.test_session_id = s.id"
                    " JOIN career_recommendations r ON r.test_session_id = s.id"
                    " WHERE s.session_token = :token"
                ),
                {"token": token},
            ).one()
        assert (scores, recommendation) == (f"({OFFLINE_MODEL},0)", "offline-1")

    async def test_health_is_degraded(self, offline: FastAPI, make_client: MakeClient) -> None:
        body = (await (await make_client(offline)).get("/health")).json()
        assert body["status"] == "degraded"
        assert body["dependencies"]["openrouter"]["status"] == "degraded"
