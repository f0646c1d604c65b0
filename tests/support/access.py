"""Who may call what: every operation of the OpenAPI document in one table.

A new route is one line in RULES; until it is there, tests/security/test_access.py fails.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any
from uuid import uuid4

import httpx

from tests.support.player import DIMENSIONS, answer

Body = Callable[[str], Mapping[str, Any]]
Headers = list[tuple[str, str]]
PATIENCE_S = 10


class Access(Enum):
    PUBLIC = "everybody; no login is looked at"
    METRICS = "whoever has METRICS_TOKEN, when it is set"
    INTERNAL = "services with INTERNAL_SERVICE_KEY"
    CALLER = "an admitted user, about themselves"
    OWNER = "the admitted user who owns the object; for others it does not exist"


@dataclass(frozen=True, slots=True)
class Rule:
    """`owned` is the kind of object that the request names; `body` takes its id.

    `endless`: whoever may ask gets an answer that does not end. `for_services`: the internal key
    opens it, too. `hidden`: what is not there is told by a 200 instead of a 404.
    """

    access: Access
    body: Body | None = None
    owned: str = ""
    for_members: bool = True
    endless: bool = False
    for_services: bool = False
    hidden: bool = False

    @property
    def needs_login(self) -> bool:
        return self.access in {Access.CALLER, Access.OWNER}


def caller(
    body: Mapping[str, Any] | None = None, *, for_members: bool = True, endless: bool = False
) -> Rule:
    sent = None if body is None else lambda _: body
    return Rule(Access.CALLER, sent, for_members=for_members, endless=endless)


def of_session(body: Body | None = None, *, for_members: bool = True) -> Rule:
    return Rule(Access.OWNER, body, "session_token", for_members)


def of_conversation(body: Body | None = None, *, for_members: bool = True) -> Rule:
    return Rule(Access.OWNER, body, "conversation_id", for_members)


def of_assessment(body: Body | None = None, *, hidden: bool = False) -> Rule:
    """About a finished session, by its token."""
    return Rule(Access.OWNER, body, "assessmentId", hidden=hidden)


def _reference(token: str) -> Mapping[str, Any]:
    return {"session_token": token}


def _sheet(token: str) -> Mapping[str, Any]:
    return {"session_token": token, "responses": [{"question_id": 1, "answer_value": 5}]}


def _anybody(_: str) -> Mapping[str, Any]:
    return {"user_id": str(uuid4()), "assessment_id": str(uuid4())}


def _answer(token: str) -> Mapping[str, Any]:
    return answer(token, DIMENSIONS[0])


PUBLIC, METRICS, INTERNAL = Rule(Access.PUBLIC), Rule(Access.METRICS), Rule(Access.INTERNAL)

# By operation id; what follows a question mark is a query that asks for more.
RULES: Mapping[str, Rule] = {
    "get_liveness": PUBLIC,
    "get_health": PUBLIC,
    "get_health?full=true": INTERNAL,
    "get_metrics": METRICS,
    "list_riasec_questions": PUBLIC,
    "list_ikigai_dimensions": PUBLIC,
    "start_recommendation": caller({"persona_type": "BUILDER"}),
    "start_fit_check": caller({"persona_type": "BUILDER", "target_profession_id": 1}),
    "list_sessions": caller(),
    "get_session_progress": of_session(),
    "get_session_questions": of_session(),
    "submit_riasec": of_session(_sheet),
    "get_riasec_result": of_session(),
    "start_ikigai": of_session(_reference),
    "get_ikigai_content": of_session(),
    "submit_ikigai_dimension": of_session(_answer),
    "finalize_ikigai": of_session(_reference),
    "get_ikigai_result": of_session(),
    "get_recommendation_result": of_session(),
    "get_fit_check_result": of_session(),
    "get_personality_result": of_session(),
    # Leaving, with one's data, needs no membership.
    "export_own_data": caller(for_members=False),
    "delete_session": of_session(for_members=False),
    "delete_own_data": caller(for_members=False),
    "get_chat_health": PUBLIC,
    "get_chat_health?full=true": INTERNAL,
    "create_conversation": caller({}),
    "list_conversations": caller(),
    "get_conversation": of_conversation(),
    "update_conversation": of_conversation(lambda _: {"title": "Milik siapa?"}),
    "delete_conversation": of_conversation(for_members=False),
    "get_conversation_suggestions": of_conversation(),
    "get_conversation_usage": of_conversation(),
    "list_messages": of_conversation(),
    "send_message": of_conversation(lambda _: {"content": "Halo"}),
    "regenerate_message": of_conversation(),
    "create_conversation_from_assessment": of_assessment(lambda token: {"assessment_id": token}),
    "get_assessment_conversation": of_assessment(hidden=True),
    "initialize_assessment_conversation": of_assessment(),
    # It asks for the result first; whose the conversation is, tests/chat ask.
    "add_assessment_context": of_assessment(lambda token: {"assessment_id": token}),
    "get_assessment_ready": Rule(Access.OWNER, owned="userId", for_services=True),
    "auto_initialize_conversation": Rule(Access.INTERNAL, _anybody),
    "get_usage_summary": caller(),
    "list_notifications": caller(),
    "stream_notifications": caller(endless=True),
    "erase_own_chat": caller(for_members=False),
}
NOT_FOUND = {
    "session_token": "session_not_found",
    "conversation_id": "conversation_not_found",
    "assessmentId": "assessment_not_found",
    "userId": "not_found",
}


@dataclass(frozen=True, slots=True)
class Door:
    """An operation with its rule, ready to be knocked at."""

    name: str
    rule: Rule
    method: str
    template: str

    async def knock(
        self, client: httpx.AsyncClient, headers: Headers, objects: Mapping[str, str]
    ) -> httpx.Response:
        """The request for these objects, by kind; what is not named does not exist."""
        path = self.template.format_map(defaultdict(lambda: str(uuid4()), objects))
        query = self.name.partition("?")[2]
        body = self.rule.body and self.rule.body(objects.get(self.rule.owned, ""))
        url = f"{path}?{query}" if query else path
        async with asyncio.timeout(PATIENCE_S):  # an intruder who gets the endless answer
            return await client.request(self.method, url, headers=headers, json=body)

    def __str__(self) -> str:
        return self.name


def operations_of(document: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Operation id, method and path of everything documented."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield operation["operationId"], method.upper(), path


def unclassified(document: Mapping[str, Any], rules: Mapping[str, Rule] = RULES) -> set[str]:
    """Operations that no rule names, and rules that name none: both are mistakes."""
    documented = {name for name, _, _ in operations_of(document)}
    return documented ^ {name.partition("?")[0] for name in rules}


def doors_of(document: Mapping[str, Any]) -> list[Door]:
    places = {name: (method, path) for name, method, path in operations_of(document)}
    return [Door(name, rule, *places[name.partition("?")[0]]) for name, rule in RULES.items()]
