"""Every route of 6-api.md that exists so far, with a well-formed request for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

from tests.support.player import API, DIMENSIONS, answer

WITHOUT_A_SESSION = {
    "start_recommendation",
    "start_fit_check",
    "list_sessions",
    "export_own_data",
    "delete_own_data",
}
Body = Callable[[str], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Route:
    """`path` below /api/v1/career-profile; `body` takes a session token, None without a body."""

    method: str
    path: str
    operation_id: str
    body: Body | None = None

    @property
    def template(self) -> str:
        return API + self.path

    @property
    def names_a_session(self) -> bool:
        return self.operation_id not in WITHOUT_A_SESSION

    async def send(
        self,
        client: httpx.AsyncClient,
        headers: Mapping[str, str] | None = None,
        token: str | None = None,
    ) -> httpx.Response:
        """The request for this session; without a token, for one that does not exist."""
        token = token or str(uuid4())
        path = self.template.format(session_token=token)
        body = None if self.body is None else self.body(token)
        return await client.request(self.method, path, headers=headers, json=body)

    def __str__(self) -> str:
        return self.operation_id


def _reference(token: str) -> Mapping[str, Any]:
    return {"session_token": token}


def _sheet(token: str) -> Mapping[str, Any]:
    return {"session_token": token, "responses": [{"question_id": 1, "answer_value": 5}]}


WITH_LOGIN = (
    Route(
        "POST",
        "/recommendation/start",
        "start_recommendation",
        lambda _token: {"persona_type": "BUILDER"},
    ),
    Route(
        "POST",
        "/fit-check/start",
        "start_fit_check",
        lambda _token: {"persona_type": "BUILDER", "target_profession_id": 1},
    ),
    Route("GET", "/sessions/{session_token}", "get_session_progress"),
    Route("GET", "/riasec/questions/{session_token}", "get_session_questions"),
    Route("POST", "/riasec/submit", "submit_riasec", _sheet),
    Route("GET", "/riasec/result/{session_token}", "get_riasec_result"),
    Route("POST", "/ikigai/start", "start_ikigai", _reference),
    Route("GET", "/ikigai/content/{session_token}", "get_ikigai_content"),
    Route(
        "POST",
        "/ikigai/submit-dimension",
        "submit_ikigai_dimension",
        lambda token: answer(token, DIMENSIONS[0]),
    ),
    Route("POST", "/ikigai/finalize", "finalize_ikigai", _reference),
    Route("GET", "/ikigai/result/{session_token}", "get_ikigai_result"),
    Route("GET", "/result/recommendation/{session_token}", "get_recommendation_result"),
    Route("GET", "/result/fit-check/{session_token}", "get_fit_check_result"),
    Route("GET", "/result/personality/{session_token}", "get_personality_result"),
    Route("GET", "/sessions", "list_sessions"),
    Route("GET", "/me/export", "export_own_data"),
    Route("DELETE", "/sessions/{session_token}", "delete_session"),
    Route("DELETE", "/me", "delete_own_data"),
)
OF_A_SESSION = tuple(route for route in WITH_LOGIN if route.names_a_session)
PUBLIC = (
    Route("GET", "/riasec/questions", "list_riasec_questions"),
    Route("GET", "/ikigai/dimensions", "list_ikigai_dimensions"),
)
