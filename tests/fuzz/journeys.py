"""Sessions and conversations in the state that an operation wants, so that it has something to say.

Without them nearly all generated requests would be answered 404, and nothing else be looked at.
"""

import random
from collections.abc import Callable, Mapping
from typing import Any

import httpx

from tests.support.player import API, DIMENSIONS, answer, sheet

# Of the well-formed requests; the others keep what was generated for them. The first ones of an
# operation all get a real object, until it succeeds.
SHARE = 0.5
LETTERS = {"I": 5, "C": 4, "E": 4, "R": 2}
BEGUN, SCORED, IKIGAI, COMPLETED, COMPARED = "begun", "scored", "ikigai", "completed", "compared"
OPENED, DISCUSSED = "opened", "discussed"  # a conversation; one, and a finished session
WANTED = {
    "get_session_questions": BEGUN,
    "submit_riasec": BEGUN,
    "get_riasec_result": SCORED,
    "get_personality_result": SCORED,
    "start_ikigai": SCORED,
    "get_ikigai_content": IKIGAI,
    "submit_ikigai_dimension": IKIGAI,
    "finalize_ikigai": COMPLETED,
    "get_ikigai_result": COMPLETED,
    "get_recommendation_result": COMPLETED,
    "get_fit_check_result": COMPARED,
    "get_session_progress": COMPLETED,
    "delete_session": BEGUN,
    "get_conversation": OPENED,
    "update_conversation": OPENED,
    "delete_conversation": OPENED,
    "get_conversation_suggestions": OPENED,
    "get_conversation_usage": OPENED,
    "list_messages": OPENED,
    "send_message": OPENED,
    "regenerate_message": OPENED,
    "create_conversation_from_assessment": COMPLETED,
    "initialize_assessment_conversation": COMPLETED,
    "get_assessment_conversation": COMPLETED,
    "add_assessment_context": DISCUSSED,
}


class Journeys:
    """One user's runs by state, made when they are wanted and forgotten when they are gone."""

    def __init__(self, base_url: str, headers: Mapping[str, str], seed: int) -> None:
        self._client = httpx.Client(base_url=base_url, headers=headers)
        self._succeeded: set[str] = set()
        self._random = random.Random(seed)
        self._ready: dict[str, dict[str, Any]] = {}
        self._makers: Mapping[str, Callable[[], dict[str, Any]]] = {
            BEGUN: self._begin,
            SCORED: self._score,
            IKIGAI: self._ask,
            COMPLETED: self._complete,
            COMPARED: self._compare,
            OPENED: self._open,
            DISCUSSED: lambda: {**self._complete(), **self._open()},
        }

    def close(self) -> None:
        self._client.close()

    def offer(self, operation_id: str) -> dict[str, Any] | None:
        """An object in the state wanted, as its creation answered; None: leave it be."""
        state = WANTED.get(operation_id)
        if state is None:
            return None
        if operation_id in self._succeeded and self._random.random() > SHARE:
            return None
        if state not in self._ready:
            self._ready[state] = self._makers[state]()
        return self._ready[state]

    def notice(self, operation_id: str, status: int) -> None:
        """Forget what a request has changed or found gone."""
        if status in {200, 201}:
            self._succeeded.add(operation_id)
        if operation_id.startswith(("delete_", "erase_")) and status == 200:
            self._ready.clear()
        elif status in {400, 404} or operation_id in {"submit_riasec", "start_ikigai"}:
            self._ready.pop(WANTED.get(operation_id, ""), None)

    def _post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        response = self._client.post(path, json=body)
        assert response.is_success, response.text
        found: dict[str, Any] = response.json()
        return found

    def _begin(self) -> dict[str, Any]:
        return self._post(f"{API}/recommendation/start", {"persona_type": "PATHFINDER"})

    def _score(self) -> dict[str, Any]:
        started = self._begin()
        self._post(f"{API}/riasec/submit", sheet(started, **LETTERS))
        return started

    def _ask(self) -> dict[str, Any]:
        started = self._score()
        self._post(f"{API}/ikigai/start", {"session_token": started["session_token"]})
        return started

    def _complete(self) -> dict[str, Any]:
        started = self._ask()
        for dimension in DIMENSIONS:
            body = answer(started["session_token"], dimension)
            self._post(f"{API}/ikigai/submit-dimension", body)
        return started

    def _compare(self) -> dict[str, Any]:
        body = {"persona_type": "BUILDER", "target_profession_id": 1}
        started = self._post(f"{API}/fit-check/start", body)
        self._post(f"{API}/riasec/submit", sheet(started, **LETTERS))
        return started

    def _open(self) -> dict[str, Any]:
        path = "/api/chat/conversations"
        opened = self._post(path, {})
        turn = self._post(f"{path}/{opened['id']}/messages", {"content": "Halo"})
        return {**opened, "message_id": turn["user_message"]["id"]}
