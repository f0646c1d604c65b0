"""A person whose app goes on after every failure, and the ledger of what they were promised."""

import asyncio
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx

from app.core.security import issue_token
from app.core.settings import Settings
from tests.support.player import API, DIMENSIONS, answer, letter_of

AGAIN_S = 0.1
TRANSIENT = {409, 429, 503}


@dataclass
class Promises:
    """What the service acknowledged about one session, by a 200 that the app has read."""

    user_id: UUID
    token: str
    sheet: Mapping[int, int] | None = None
    texts: dict[str, str] = field(default_factory=dict)
    top_two: list[int] | None = None


@dataclass
class Ledger:
    """All promises, and what else the apps saw."""

    promises: list[Promises] = field(default_factory=list)
    requests: int = 0
    broken_off: int = 0
    refused: int = 0
    server_errors: list[str] = field(default_factory=list)


class Traveller:
    """Plays journeys until told to stop; `bases` are the servers behind the balancer."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        bases: Sequence[str],
        settings: Settings,
        ledger: Ledger,
        rng: random.Random,
    ) -> None:
        self._client = client
        self._bases = bases
        self._settings = settings
        self._ledger = ledger
        self._rng = rng

    async def journey(self, user_id: UUID) -> None:
        """One run from the first question to the result; some close the app after the last answer
        and never ask again.
        """
        headers = {
            "Authorization": f"Bearer {issue_token(self._settings, user_id, timedelta(hours=2))}"
        }
        started = await self._send(
            headers, "POST", "/recommendation/start", {"persona_type": "PATHFINDER"}
        )
        token = str(started["session_token"])
        promises = Promises(user_id, token)
        self._ledger.promises.append(promises)
        await self._riasec(headers, promises, started)
        await self._send(headers, "POST", "/ikigai/start", {"session_token": token})
        order = self._rng.sample(DIMENSIONS, k=len(DIMENSIONS))
        for dimension in order[:3]:
            await self._answer(headers, promises, dimension)
        if self._rng.random() < 0.3:
            await self._answer_and_leave(headers, promises, order[3])
            return
        await self._answer(headers, promises, order[3])
        await self._result(headers, promises)

    async def _riasec(
        self, headers: dict[str, str], promises: Promises, started: Mapping[str, Any]
    ) -> None:
        likes = {"I": 5, "C": 4, "E": 4, "R": 2}
        sheet = {qid: likes.get(letter_of(qid), 1) for qid in started["question_ids"]}
        body = {
            "session_token": promises.token,
            "responses": [{"question_id": q, "answer_value": v} for q, v in sheet.items()],
        }
        await self._send(headers, "POST", "/riasec/submit", body)
        promises.sheet = sheet

    async def _answer(
        self, headers: dict[str, str], promises: Promises, dimension: str
    ) -> dict[str, Any]:
        text = self._text()
        body = answer(promises.token, dimension, text)
        found = await self._send(headers, "POST", "/ikigai/submit-dimension", body)
        promises.texts[dimension] = text
        return found

    async def _answer_and_leave(
        self, headers: dict[str, str], promises: Promises, dimension: str
    ) -> None:
        """Sent once; what was read was promised, what was not may be there or not."""
        text = self._text()
        body = answer(promises.token, dimension, text)
        found = await self._try(headers, "POST", "/ikigai/submit-dimension", body)
        if found is not None:
            promises.texts[dimension] = text

    async def _result(self, headers: dict[str, str], promises: Promises) -> None:
        path = f"/sessions/{promises.token}"
        while (await self._send(headers, "GET", path))["status"] != "completed":  # noqa: ASYNC110 - as an app does
            await asyncio.sleep(AGAIN_S)
        found = await self._send(headers, "GET", f"/ikigai/result/{promises.token}")
        promises.top_two = [top["profession_id"] for top in found["top_2_professions"]]

    def _text(self) -> str:
        """Nobody else's."""
        return f"Saya suka menata data penjualan warung, catatan nomor {self._rng.random()}."

    async def _send(
        self, headers: dict[str, str], method: str, path: str, body: object = None
    ) -> dict[str, Any]:
        """The same request until it is answered, as the app does."""
        while True:
            found = await self._try(headers, method, path, body)
            if found is not None:
                return found
            await asyncio.sleep(AGAIN_S)

    async def _try(
        self, headers: dict[str, str], method: str, path: str, body: object = None
    ) -> dict[str, Any] | None:
        """None: the server died under it, or asks to come back."""
        self._ledger.requests += 1
        url = self._rng.choice(self._bases) + API + path
        try:
            response = await self._client.request(method, url, json=body, headers=headers)
        except httpx.TransportError:
            self._ledger.broken_off += 1
            return None
        if response.status_code in TRANSIENT:
            self._ledger.refused += 1
            return None
        if response.status_code != 200:
            self._ledger.server_errors.append(f"{path} {response.status_code} {response.text}")
            return None
        found: dict[str, Any] = response.json()
        return found
