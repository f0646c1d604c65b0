"""Plays the Flutter app in tests: a user with a token, and the calls of a journey."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
from sqlalchemy import Engine, text

from app.core.security import issue_token
from app.core.settings import Settings

API = "/api/v1/career-profile"
DIMENSIONS = (
    "what_you_love",
    "what_you_are_good_at",
    "what_the_world_needs",
    "what_you_can_be_paid_for",
)
TEXT = "Saya suka menata data penjualan warung dan mencari pola angka yang aneh."


def add_user(engine: Engine, *, role: str = "USER", deleted: bool = False) -> UUID:
    """A user as Go would have created one."""
    user_id = uuid4()
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO users (id, fullname, email, role, deleted_at) VALUES"
                " (:id, 'Rani Puspita', :email, :role, CASE WHEN :deleted THEN now() END)"
            ),
            {"id": user_id, "email": f"{user_id}@contoh.id", "role": role, "deleted": deleted},
        )
    return user_id


@dataclass
class Player:
    """One user's app. Methods return responses; `ok_*` assert 200 and return the body."""

    client: httpx.AsyncClient
    settings: Settings
    user_id: UUID

    @property
    def headers(self) -> dict[str, str]:
        token = issue_token(self.settings, self.user_id, timedelta(hours=1))
        return {"Authorization": f"Bearer {token}"}

    async def get(self, path: str) -> httpx.Response:
        return await self.client.get(API + path, headers=self.headers)

    async def post(self, path: str, body: Mapping[str, Any]) -> httpx.Response:
        return await self.client.post(API + path, json=body, headers=self.headers)

    async def delete(self, path: str) -> httpx.Response:
        return await self.client.delete(API + path, headers=self.headers)

    async def ok_get(self, path: str) -> dict[str, Any]:
        return body_of(await self.get(path))

    async def ok_post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return body_of(await self.post(path, body))

    async def start(self) -> dict[str, Any]:
        return await self.ok_post("/recommendation/start", {"persona_type": "PATHFINDER"})

    async def start_fit_check(self, target: int, persona: str = "BUILDER") -> dict[str, Any]:
        body = {"persona_type": persona, "target_profession_id": target}
        return await self.ok_post("/fit-check/start", body)

    async def submit_riasec(self, started: Mapping[str, Any], **by_letter: int) -> dict[str, Any]:
        """Every item of a letter gets the same answer; letters not named get 1."""
        body = sheet(started, **by_letter)
        return await self.ok_post("/riasec/submit", body)

    async def reach_ikigai(self, **by_letter: int) -> str:
        """A session in ikigai_ongoing without answers; the default code is I (single)."""
        started = await self.start()
        await self.submit_riasec(started, **(by_letter or {"I": 5, "C": 4, "E": 4, "R": 2}))
        token = str(started["session_token"])
        await self.ok_post("/ikigai/start", {"session_token": token})
        return token

    async def answer(
        self, token: str, dimension: str, reasoning: str = TEXT, selected: int | None = None
    ) -> httpx.Response:
        return await self.post(
            "/ikigai/submit-dimension", answer(token, dimension, reasoning, selected)
        )

    async def answer_all(self, token: str) -> dict[str, Any]:
        """All four answers; the body of the last response."""
        body: dict[str, Any] = {}
        for dimension in DIMENSIONS:
            body = body_of(await self.answer(token, dimension))
        return body


def letter_of(question_id: int) -> str:
    """By the instrument's numbering: 1-12 R, 13-24 I, ... 61-72 C."""
    return "RIASEC"[(question_id - 1) // 12]


def sheet(started: Mapping[str, Any], **by_letter: int) -> dict[str, Any]:
    return {
        "session_token": started["session_token"],
        "responses": [
            {"question_id": qid, "answer_value": by_letter.get(letter_of(qid), 1)}
            for qid in started["question_ids"]
        ],
    }


def answer(
    token: str, dimension: str, reasoning: str = TEXT, selected: int | None = None
) -> dict[str, Any]:
    return {
        "session_token": token,
        "dimension_name": dimension,
        "selected_profession_id": selected,
        "selection_type": "not_selected" if selected is None else "selected",
        "reasoning_text": reasoning,
    }


def body_of(response: httpx.Response) -> dict[str, Any]:
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found
