"""The journey behind the examples of the OpenAPI document: what was asked, what was answered.

Played by the demo's Sari with the offline model, on a fresh seeded database, in this process.
Tokens and the clock are given from outside; what the database stamps with its own time is
replaced afterwards. All else is as it was answered.
"""

import re
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch
from uuid import UUID

import httpx

from app.cli.journey import CHOICES, LIKES, STORIES
from app.core.security import issue_token
from app.core.settings import AppEnv, Settings
from app.main import create_app
from app.reference.seed import DEMO_USERS
from tests.support.databases import as_service
from tests.support.player import API, DIMENSIONS, answer, letter_of
from tests.support.recorded_chat import record_chat

RECOMMENDATION = UUID("3f2b8c1e-5d47-4a90-b6e3-0c9a7f1d2e84")
FIT_CHECK = UUID("8a61d0f4-2c3b-4e75-9d18-5b7e40c2a963")
IN_A_HURRY = UUID("c47e9b20-61fa-4d8c-8f35-e2a1d9706b5c")
NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
TIME = "2026-11-20T08:00:00Z"
# Strictly with a Z: a time written otherwise is no time of the contract and stays visible.
ANY_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
AT_ONCE_S = 1e-9  # a client that waits no time at all; the setting must be positive
INTERNAL_KEY = "7a90c3e15b8d4f26a1e97c40d3b5f862"
SECRET = "0c4d1f7a9be2835664738291a0bfcede"

Body = dict[str, Any]
Examples = dict[str, dict[str, Body]]  # of an operation: request and response by example


@dataclass
class Recording:
    """Plays a client and keeps, by operation id, the calls that are given one."""

    client: httpx.AsyncClient
    examples: dict[str, Examples] = field(default_factory=lambda: defaultdict(dict))
    renamed: dict[str, str] = field(default_factory=dict)  # ids that the database draws

    async def get(self, path: str, operation: str | None = None) -> Body:
        return self._keep(operation, "answer", None, success_of(await self.client.get(path)))

    async def delete(self, path: str, operation: str | None = None) -> Body:
        return self._keep(operation, "answer", None, success_of(await self.client.delete(path)))

    async def put(self, path: str, body: Mapping[str, Any], operation: str) -> Body:
        answered = success_of(await self.client.put(path, json=body))
        return self._keep(operation, "answer", body, answered)

    async def post(
        self,
        path: str,
        body: Mapping[str, Any] | None,
        operation: str | None = None,
        name: str = "answer",
    ) -> Body:
        answered = success_of(await self.client.post(path, json=body))
        return self._keep(operation, name, body, answered)

    async def post_as_service(self, path: str, body: Mapping[str, Any], operation: str) -> Body:
        """With the internal key, and no user's login."""
        request = self.client.build_request("POST", path, json=body)
        del request.headers["Authorization"]
        return self._keep(operation, "answer", body, success_of(await self.client.send(request)))

    def _keep(
        self, operation: str | None, name: str, asked: Mapping[str, Any] | None, answered: Body
    ) -> Body:
        if operation is not None:
            assert name not in self.examples[operation], (operation, name)
            request = {} if asked is None else {"request": dict(asked)}
            self.examples[operation][name] = {**request, "response": at_fixed_time(answered)}
        return answered


def at_fixed_time(value: Any) -> Any:
    """The same document with every time replaced."""
    if isinstance(value, dict):
        return {key: at_fixed_time(part) for key, part in value.items()}
    if isinstance(value, list):
        return [at_fixed_time(part) for part in value]
    return TIME if isinstance(value, str) and ANY_TIME.fullmatch(value) else value


def with_names(value: Any, names: Mapping[str, str]) -> Any:
    """The same document with these strings replaced."""
    if isinstance(value, dict):
        return {key: with_names(part, names) for key, part in value.items()}
    if isinstance(value, list):
        return [with_names(part, names) for part in value]
    return names.get(value, value) if isinstance(value, str) else value


def success_of(response: httpx.Response) -> Body:
    assert response.is_success, response.text
    found: Body = response.json()
    return found


async def record(dsn: str) -> dict[str, Examples]:
    """Every example by operation id; `dsn` is a seeded database that nobody else uses."""
    settings = Settings(
        _env_file=None,
        app_env=AppEnv.LOCAL,
        database_url=as_service(dsn),
        redis_url=None,
        redis_host=None,
        jwt_secret=SECRET,
        internal_service_key=INTERNAL_KEY,
        openrouter_api_key=None,
        riasec_form="short",
        worker_in_serve=False,
    )
    tokens = iter((RECOMMENDATION, FIT_CHECK, IN_A_HURRY))
    with patch("app.career_profile.sessions.service.uuid4", lambda: next(tokens)):
        async with client_of(settings) as client:
            recording = Recording(client)
            await _operations(recording)
            await _recommendation(recording)
            await _fit_check(recording)
            await _own_runs(recording)
            await record_chat(recording, dsn, RECOMMENDATION, DEMO_USERS[0][0])
            await _without_waiting(recording, settings)
            await _deletion(recording)
    return {
        name: with_names(found, recording.renamed) for name, found in recording.examples.items()
    }


@asynccontextmanager
async def client_of(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """Sari's app, talking to an application of its own that runs its real lifespan."""
    app = create_app(settings, clock=lambda: NOW)
    token = issue_token(settings, DEMO_USERS[0][0], timedelta(hours=1))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app),
            base_url="http://test",
            headers={"Authorization": f"Bearer {token}", "X-Internal-Key": INTERNAL_KEY},
        ) as client,
    ):
        yield client


async def _operations(run: Recording) -> None:
    await run.get("/health/live", "get_liveness")
    await run.get("/health", "get_health")


async def _recommendation(run: Recording) -> None:
    token = RECOMMENDATION
    body = {"persona_type": "PATHFINDER"}
    started = await run.post(f"{API}/recommendation/start", body, "start_recommendation")
    await run.get(f"{API}/riasec/questions", "list_riasec_questions")
    await run.get(f"{API}/riasec/questions/{token}", "get_session_questions")
    await run.post(f"{API}/riasec/submit", sheet(started), "submit_riasec", "recommendation")
    await run.get(f"{API}/riasec/result/{token}", "get_riasec_result")
    await run.get(f"{API}/result/personality/{token}", "get_personality_result")
    reference = {"session_token": str(token)}
    content = await run.post(f"{API}/ikigai/start", reference, "start_ikigai")
    await run.get(f"{API}/ikigai/content/{token}", "get_ikigai_content")
    await run.get(f"{API}/ikigai/dimensions", "list_ikigai_dimensions")
    first, *between, last = answers(token, content)
    path, operation = f"{API}/ikigai/submit-dimension", "submit_ikigai_dimension"
    await run.post(path, first, operation, "first_answer")
    await run.get(f"{API}/sessions/{token}", "get_session_progress")
    for body in between:
        await run.post(path, body)
    await run.post(path, last, operation, "fourth_answer")
    await run.get(f"{API}/ikigai/result/{token}", "get_ikigai_result")
    await run.get(f"{API}/result/recommendation/{token}", "get_recommendation_result")


async def _fit_check(run: Recording) -> None:
    """With the profession that came last of Sari's candidates, as in the demo."""
    result = await run.get(f"{API}/result/recommendation/{RECOMMENDATION}")
    target = result["candidate_profession_names"][-1]["profession_id"]
    body = {"persona_type": "BUILDER", "target_profession_id": target}
    started = await run.post(f"{API}/fit-check/start", body, "start_fit_check")
    await run.post(f"{API}/riasec/submit", sheet(started), "submit_riasec", "fit_check")
    await run.get(f"{API}/result/fit-check/{FIT_CHECK}", "get_fit_check_result")


async def _own_runs(run: Recording) -> None:
    await run.get(f"{API}/sessions", "list_sessions")
    await run.get(f"{API}/me/export", "export_own_data")
    await run.get("/api/chat/notifications", "list_notifications")


async def _without_waiting(run: Recording, settings: Settings) -> None:
    """The fourth answer of a client that waits for no model, and the finalize that follows."""
    token = IN_A_HURRY
    reference = {"session_token": str(token)}
    started = await run.post(f"{API}/recommendation/start", {"persona_type": "ACHIEVER"})
    await run.post(f"{API}/riasec/submit", sheet(started))
    content = await run.post(f"{API}/ikigai/start", reference)
    *before, last = answers(token, content)
    for body in before:
        await run.post(f"{API}/ikigai/submit-dimension", body)
    async with client_of(settings.model_copy(update={"client_wait_s": AT_ONCE_S})) as client:
        hurried = Recording(client, run.examples)
        path, operation = f"{API}/ikigai/submit-dimension", "submit_ikigai_dimension"
        await hurried.post(path, last, operation, "fourth_answer_still_working")
    await run.post(f"{API}/ikigai/finalize", reference, "finalize_ikigai")


async def _deletion(run: Recording) -> None:
    await run.delete(f"{API}/sessions/{IN_A_HURRY}", "delete_session")
    await run.delete(f"{API}/me", "delete_own_data")


def sheet(started: Mapping[str, Any]) -> Body:
    """Sari's answers: of each letter the first item, and the later ones."""
    seen: dict[str, int] = defaultdict(int)
    responses = []
    for question_id in started["question_ids"]:
        letter = letter_of(question_id)
        value = LIKES[letter][min(seen[letter], 1)]
        seen[letter] += 1
        responses.append({"question_id": question_id, "answer_value": value})
    return {"session_token": started["session_token"], "responses": responses}


def answers(token: UUID, content: Mapping[str, Any]) -> list[Body]:
    """What Sari answers to the four dimensions, and which of the options she taps."""
    options = {
        item["display_order"]: item["profession_id"] for item in content["candidates_with_content"]
    }
    return [
        answer(str(token), name, STORIES[name], options.get(CHOICES.get(name, 0)))
        for name in DIMENSIONS
    ]
